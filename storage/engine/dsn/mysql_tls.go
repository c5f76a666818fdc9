package dsn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// tlsSettings are the parameters about encryption: "tls" as in the Go driver, "ssl" and "ssl_…" as in
// SQLAlchemy's.
type tlsSettings struct {
	mode           string // the driver's name of it, if a parameter gave one
	modeTwice      bool
	ca, cert, key  string // files
	anyHost        bool   // the certificate's names are not checked
	checkHostGiven bool
}

// tlsParams are the parameters about encryption.
var tlsParams = map[string]func(*tlsSettings) setter{
	"tls":      func(s *tlsSettings) setter { return s.setMode("true", "false", "skip-verify", "preferred") },
	"ssl":      func(s *tlsSettings) setter { return s.setMode("true", "false") },
	"ssl_ca":   func(s *tlsSettings) setter { return file(&s.ca) },
	"ssl_cert": func(s *tlsSettings) setter { return file(&s.cert) },
	"ssl_key":  func(s *tlsSettings) setter { return file(&s.key) },
	"ssl_check_hostname": func(s *tlsSettings) setter {
		return func(value string) string {
			var check bool
			expected := boolean(&check)(value)
			s.anyHost, s.checkHostGiven = !check, true
			return expected
		}
	},
}

var (
	errModeTwice = errors.New("the mysql parameters tls and ssl mean the same; leave one out")
	errKeyPair   = errors.New("the mysql parameters ssl_cert and ssl_key belong together")
	errMode      = errors.New("ssl_ca, ssl_cert, ssl_key and ssl_check_hostname need tls=true, or no tls at all")
)

// setMode accepts some modes, and 1 and 0 for true and false.
func (s *tlsSettings) setMode(modes ...string) setter {
	return func(value string) string {
		value = strings.ToLower(value)
		switch value {
		case "1":
			value = "true"
		case "0":
			value = "false"
		}
		if expected := fixed(modes)(value); expected != "" {
			return strings.Join(modes[:len(modes)-1], ", ") + " or " + modes[len(modes)-1]
		}
		s.modeTwice, s.mode = s.mode != "", value
		return ""
	}
}

// file sets the name of a file.
func file(target *string) setter {
	return func(value string) string {
		if value == "" {
			return "the path of a file"
		}
		*target = value
		return ""
	}
}

// apply sets the driver's encryption. Without files the driver makes its own settings of the mode.
func (s *tlsSettings) apply(c *mysql.Config) error {
	switch {
	case s.modeTwice:
		return errModeTwice
	case s.ca == "" && s.cert == "" && s.key == "" && !s.checkHostGiven:
		c.TLSConfig = s.mode
		return nil
	case s.mode != "" && s.mode != "true":
		return errMode
	case (s.cert == "") != (s.key == ""):
		return errKeyPair
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.ca != "" {
		text, err := os.ReadFile(s.ca)
		if err != nil {
			return fmt.Errorf("cannot read the file that ssl_ca names: %w", reason(err))
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return errors.New("the file that ssl_ca names holds no certificate")
		}
	}
	if s.cert != "" {
		pair, err := tls.LoadX509KeyPair(s.cert, s.key)
		if err != nil {
			return fmt.Errorf("cannot use the files that ssl_cert and ssl_key name: %w", reason(err))
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	if s.anyHost {
		checkChainOnly(settings)
	}
	c.TLS = settings
	return nil
}

// checkChainOnly lets a certificate name any host, as long as an authority that is trusted signed it.
func checkChainOnly(settings *tls.Config) {
	roots := settings.RootCAs
	settings.InsecureSkipVerify = true // VerifyConnection checks in its place
	settings.VerifyConnection = func(state tls.ConnectionState) error {
		options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, certificate := range state.PeerCertificates[1:] {
			options.Intermediates.AddCert(certificate)
		}
		_, err := state.PeerCertificates[0].Verify(options)
		return err
	}
}

// reason is an error of the file system without the file's name, which stands in the URL.
func reason(err error) error {
	if failure, ok := errors.AsType[*os.PathError](err); ok {
		return failure.Err
	}
	return err
}
