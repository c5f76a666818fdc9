package main

import (
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
	"time"
)

// value scans one column as the server's own cells do. It converts any value that a driver returns to one Go
// type, so that the measurement includes the conversion that a driver leaves to the caller.
type value struct {
	kind    byte // 't' text, 'i' instant, 'n' number, 'x' raw
	null    bool
	text    string
	number  float64
	instant time.Time
}

// Scan implements sql.Scanner.
func (v *value) Scan(from any) error {
	v.null = from == nil
	if v.null {
		return nil
	}
	switch v.kind {
	case 'n':
		return v.scanNumber(from)
	case 'i':
		return v.scanInstant(from)
	default:
		return v.scanText(from)
	}
}

func (v *value) scanText(from any) error {
	switch f := from.(type) {
	case string:
		v.text = strings.ToValidUTF8(f, "\uFFFD")
	case []byte:
		v.text = strings.ToValidUTF8(string(f), "\uFFFD")
	case int64:
		v.text = strconv.FormatInt(f, 10)
	case float64:
		v.text = strconv.FormatFloat(f, 'g', -1, 64)
	default:
		return fmt.Errorf("text cannot take %T", from)
	}
	return nil
}

func (v *value) scanNumber(from any) error {
	switch f := from.(type) {
	case int64:
		v.number = float64(f)
	case float64:
		v.number = f
	case bool:
		v.number = 0
		if f {
			v.number = 1
		}
	default:
		return fmt.Errorf("number cannot take %T", from)
	}
	return nil
}

func (v *value) scanInstant(from any) (err error) {
	switch f := from.(type) {
	case time.Time:
		v.instant = f.UTC()
	case string:
		v.instant, err = time.Parse("2006-01-02 15:04:05", f)
	default:
		err = fmt.Errorf("instant cannot take %T", from)
	}
	return err
}

func (v *value) write(to io.Writer) {
	switch {
	case v.null:
		fmt.Fprint(to, "null|")
	case v.kind == 'n':
		fmt.Fprint(to, v.number, "|")
	case v.kind == 'i':
		fmt.Fprint(to, v.instant.Format(time.RFC3339Nano), "|")
	default:
		fmt.Fprintf(to, "%q|", v.text)
	}
}

// row is the current row, and the destinations for Scan.
func row(kinds string) (values []value, dest []any) {
	values = make([]value, len(kinds))
	for i := range values {
		values[i].kind = kinds[i]
		dest = append(dest, &values[i])
	}
	return values, dest
}

// digest is a hash of all rows, by which results are compared.
type digest struct {
	rows int
	sum  uint64
}

func (d *digest) add(values []value) {
	h := fnv.New64a()
	fmt.Fprint(h, d.sum)
	for i := range values {
		values[i].write(h)
	}
	d.rows, d.sum = d.rows+1, h.Sum64()
}
