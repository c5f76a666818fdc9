// Package ratelimit limits the cost of the operations that each principal may run in a period. The unit is that of package
// exec: one object that is read.
package ratelimit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"decnetgraph/auth"
)

// The shortest and the longest period.
const (
	MinPeriod = time.Second
	MaxPeriod = 24 * time.Hour
)

// maxUnits keeps sums of costs finite.
const maxUnits = 1_000_000_000_000

// Rate is the cost that may be spent in each period. The zero value is no limit.
type Rate struct {
	Units  int
	Period time.Duration
}

// String is the form that ParseRate reads.
func (r Rate) String() string {
	if r == (Rate{}) {
		return "off"
	}
	period := r.Period.String()
	for _, zero := range []string{"m0s", "h0m"} { // 1m0s is 1m
		if strings.HasSuffix(period, zero) {
			period = period[:len(period)-2]
		}
	}
	return fmt.Sprintf("%d/%s", r.Units, period)
}

// ParseRate reads a rate such as 600000/1m or 600000/m; "off" is no limit.
func ParseRate(text string) (Rate, error) {
	if text == "off" {
		return Rate{}, nil
	}
	units, period, _ := strings.Cut(text, "/")
	if period == "s" || period == "m" || period == "h" {
		period = "1" + period
	}
	r := Rate{}
	var err error
	if r.Units, err = strconv.Atoi(units); err == nil {
		r.Period, err = time.ParseDuration(period)
	}
	if err != nil || r.Units < 1 || r.Units > maxUnits || r.Period < MinPeriod || r.Period > MaxPeriod {
		return Rate{}, fmt.Errorf(`%q is no rate; give units of cost and a period from 1s to 24h, such as 600000/1m, or "off"`, text)
	}
	return r, nil
}

// Rates are the rates of principals.
type Rates struct {
	Default Rate
	ByRole  map[auth.Role]Rate
}

// ParseRates reads rates, each alone or for the principals of a role as in INGEST=5000000/1m. Without any there is no limit.
func ParseRates(texts []string) (Rates, error) {
	rates := Rates{ByRole: map[auth.Role]Rate{}}
	for _, text := range texts {
		role, rate, forRole := strings.Cut(text, "=")
		if !forRole {
			rate = text
		}
		parsed, err := ParseRate(rate)
		if err != nil {
			return Rates{}, err
		}
		if !forRole {
			rates.Default = parsed
			continue
		}
		known := false
		for _, r := range auth.Roles {
			known = known || string(r) == role
		}
		if !known {
			return Rates{}, fmt.Errorf("%q is no role; give one of %v", role, auth.Roles)
		}
		rates.ByRole[auth.Role(role)] = parsed
	}
	return rates, nil
}

// Limited reports whether anybody is limited.
func (r Rates) Limited() bool {
	for _, rate := range r.ByRole {
		if rate != (Rate{}) {
			return true
		}
	}
	return r.Default != (Rate{})
}

// Of is the rate of a principal; the zero value is no limit.
func (r Rates) Of(p *auth.Principal) Rate {
	if p != nil {
		if rate, ok := r.ByRole[p.Role]; ok {
			return rate
		}
	}
	return r.Default
}
