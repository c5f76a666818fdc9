package command

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"decnetgraph/auth"
	"decnetgraph/httpapi"
	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// accessFlags say who may use the server.
type accessFlags struct {
	APITokens        bool          `name:"api-tokens" env:"DECNET_GRAPH_API_TOKENS" group:"Who may" help:"Accept the API tokens that the command token makes."`
	DECNETSecretFile string        `name:"decnet-jwt-secret-file" env:"DECNET_JWT_SECRET_FILE" secretfile:"" placeholder:"FILE" group:"Who may" help:"Accept the tokens of DECNET's own login, which DECNET signs with the secret in this file. The secret itself may be in the environment: DECNET_JWT_SECRET."`
	UsersDB          string        `name:"users-db" env:"DECNET_GRAPH_USERS_DB" secret:"dsn" placeholder:"DSN" group:"Who may" help:"DECNET's own database, for the users of its login, if --db is not."`
	UsersPassword    string        `name:"users-db-password-file" env:"DECNET_GRAPH_USERS_DB_PASSWORD_FILE" secretfile:"" placeholder:"FILE" group:"Who may" help:"File with the password of the database of --users-db, which that name then does not have."`
	OIDCIssuer       string        `name:"oidc-issuer" env:"DECNET_GRAPH_OIDC_ISSUER" placeholder:"URL" group:"Who may" help:"Accept the tokens of this OpenID Connect issuer."`
	OIDCAudience     string        `name:"oidc-audience" env:"DECNET_GRAPH_OIDC_AUDIENCE" placeholder:"NAME" group:"Who may" help:"Audience that its tokens must be for, often the id of a client."`
	OIDCRole         []string      `name:"oidc-role" env:"DECNET_GRAPH_OIDC_ROLE" sep:";" placeholder:"VALUE=ROLE" group:"Who may" help:"Role of the users for whom the claim of roles holds this value: VIEWER, INGEST or ADMIN; may be given more than once."`
	OIDCRoleClaim    string        `name:"oidc-role-claim" env:"DECNET_GRAPH_OIDC_ROLE_CLAIM" default:"roles" placeholder:"NAME" group:"Who may" help:"Claim with the roles or groups of a user (${default}); with dots for one inside of others, such as realm_access.roles."`
	OIDCNameClaim    string        `name:"oidc-name-claim" env:"DECNET_GRAPH_OIDC_NAME_CLAIM" default:"preferred_username" placeholder:"NAME" group:"Who may" help:"Claim with the name of a user (${default}); sub if a token has none."`
	OIDCClockSkew    time.Duration `name:"oidc-clock-skew" env:"DECNET_GRAPH_OIDC_CLOCK_SKEW" default:"30s" group:"Who may" help:"Most that the issuer's clock may differ from this one (${default})."`
	CertificateRole  []string      `name:"certificate-role" env:"DECNET_GRAPH_CERTIFICATE_ROLE" sep:";" placeholder:"NAME=ROLE" group:"Who may" help:"Accept client certificates with this name, a URI, a DNS name or, if there are neither, the common name; may be given more than once. Needs --tls-client-ca."`
}

const (
	decnetSecretVariable = "DECNET_JWT_SECRET" //nolint:gosec // the name of a variable is no secret
	mostSecretBytes      = 4096
)

// acceptsDECNET reports whether the tokens of DECNET's login are accepted.
func (f *accessFlags) acceptsDECNET() bool {
	return f.DECNETSecretFile != "" || os.Getenv(decnetSecretVariable) != ""
}

// enabled reports whether requests must prove who sent them. Without it everybody who reaches the server may do everything.
func (f *accessFlags) enabled() bool {
	return f.APITokens || f.acceptsDECNET() || f.OIDCIssuer != "" || len(f.CertificateRole) > 0
}

// waysIn says how requests prove who sent them. It has no secret.
func (f *accessFlags) waysIn() string {
	var ways []string
	if f.acceptsDECNET() {
		ways = append(ways, "DECNET's own logins")
	}
	if f.APITokens {
		ways = append(ways, "API tokens")
	}
	if f.OIDCIssuer != "" {
		issuer := "an issuer"
		if at, err := url.Parse(f.OIDCIssuer); err == nil {
			issuer = at.Redacted()
		}
		ways = append(ways, "OpenID Connect by "+issuer)
	}
	if len(f.CertificateRole) > 0 {
		ways = append(ways, "client certificates")
	}
	if len(ways) == 0 {
		return "nobody must, because only this machine can connect"
	}
	return strings.Join(ways, ", ")
}

// check refuses flags that mean nothing without others, and values that are malformed or unsafe. It opens no database and
// connects to no issuer.
func (f *accessFlags) check() error {
	var err error
	switch {
	case f.DECNETSecretFile != "" && os.Getenv(decnetSecretVariable) != "":
		return storage.Invalid("%s and --decnet-jwt-secret-file both name the secret of DECNET's tokens; give one of them", decnetSecretVariable)
	case f.UsersDB != "" && !f.acceptsDECNET():
		return storage.Invalid("--users-db is for the users of DECNET's login; also give --decnet-jwt-secret-file FILE")
	case f.UsersPassword != "" && f.UsersDB == "":
		return storage.Invalid("--users-db-password-file is for the database of --users-db; also give --users-db DSN, or --db-password-file for that of --db")
	case f.OIDCIssuer == "" && (f.OIDCAudience != "" || len(f.OIDCRole) > 0):
		return storage.Invalid("--oidc-audience and --oidc-role are for tokens of an issuer; also give --oidc-issuer URL")
	}
	if f.acceptsDECNET() {
		secret, unreadable := f.decnetSecret()
		_, err = auth.NewDECNET(secret, nil, time.Now)
		err = cmp.Or(unreadable, err)
	}
	if f.UsersDB != "" && err == nil {
		_, err = f.usersSource()
	}
	if f.OIDCIssuer != "" && err == nil {
		_, err = f.oidc()
	}
	if err == nil {
		_, err = auth.NewCertificates(f.CertificateRole, time.Now)
	}
	return err
}

// usersSource is the database that --users-db names, with the password of its file.
func (f *accessFlags) usersSource() (dsn.Source, error) {
	name, err := withPassword(f.UsersDB, f.UsersPassword, "--users-db-password-file")
	if err != nil {
		return dsn.Source{}, err
	}
	source, err := engine.Parse(name)
	if err != nil {
		return dsn.Source{}, storage.Invalid("--users-db: %v", err)
	}
	return source, nil
}

func (f *accessFlags) oidc() (*auth.OIDC, error) {
	return auth.NewOIDC(auth.OIDCSettings{
		Issuer: f.OIDCIssuer, Audience: f.OIDCAudience, RoleClaim: f.OIDCRoleClaim, NameClaim: f.OIDCNameClaim,
		Roles: f.OIDCRole, ClockSkew: f.OIDCClockSkew, Now: time.Now,
	})
}

// decnetSecret reads the secret of DECNET's tokens. The end of the file's last line is not part of it.
func (f *accessFlags) decnetSecret() (string, error) {
	if f.DECNETSecretFile == "" {
		return os.Getenv(decnetSecretVariable), nil
	}
	text, err := os.ReadFile(f.DECNETSecretFile)
	if err != nil {
		cause, _ := errors.AsType[*fs.PathError](err)
		return "", storage.Invalid("cannot read the secret of DECNET's tokens in %s: %v", f.DECNETSecretFile, cause.Err)
	}
	if len(text) > mostSecretBytes {
		return "", storage.Invalid("%s is no file with a secret: it has more than %d bytes", f.DECNETSecretFile, mostSecretBytes)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// access is who may use a running server.
type access struct {
	authenticator auth.Authenticator

	flags  *accessFlags
	ways   *auth.Ways
	decnet *auth.DECNET
	users  *storage.Store // that --users-db names
}

// openAccess makes the authenticator of the flags, for the database that the server reads. tokens is where API tokens are stored.
// The caller closes it.
func (f *accessFlags) openAccess(ctx context.Context, db databaseFlags, store *storage.Store, tokens auth.TokenSource, log *slog.Logger) (*access, error) {
	a := &access{authenticator: auth.Everybody{}, flags: f}
	if err := f.check(); err != nil || !f.enabled() {
		return a, err
	}
	if err := a.openWays(ctx, db, store, tokens, log); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *access) openWays(ctx context.Context, db databaseFlags, store *storage.Store, tokens auth.TokenSource, log *slog.Logger) error {
	f, config := a.flags, auth.Config{Address: httpapi.ClientAddress, Log: log}
	var err error
	if f.acceptsDECNET() {
		if a.decnet, err = a.openDECNET(ctx, db, store, log); err != nil {
			return err
		}
		config.DECNET = a.decnet
	}
	if f.APITokens {
		if tokens == nil {
			return storage.Invalid("there is nowhere to read API tokens from")
		}
		config.Tokens = auth.NewTokens(tokens, time.Now, log)
	}
	if f.OIDCIssuer != "" {
		if config.OIDC, err = f.oidc(); err != nil {
			return err
		}
		go func() {
			if err := config.OIDC.Connect(ctx); err != nil {
				log.WarnContext(ctx, "its tokens are answered with 503 until it answers; no restart is needed", "error", err)
			}
		}()
	}
	if len(f.CertificateRole) > 0 {
		if config.Certificates, err = auth.NewCertificates(f.CertificateRole, time.Now); err != nil {
			return err
		}
	}
	a.ways = auth.New(config)
	a.authenticator = a.ways
	return nil
}

// openDECNET opens the way in for DECNET's login. Its users must be DECNET's own rows: in a copy, nobody would notice a logout
// or another password.
func (a *access) openDECNET(ctx context.Context, db databaseFlags, store *storage.Store, log *slog.Logger) (*auth.DECNET, error) {
	secret, err := a.flags.decnetSecret()
	if err != nil {
		return nil, err
	}
	users := store
	if a.flags.UsersDB != "" {
		source, err := a.flags.usersSource()
		if err != nil {
			return nil, err
		}
		if a.users, err = db.openSource(ctx, source, storage.Options{Reopen: true}, log); err != nil {
			return nil, err
		}
		users = a.users
	}
	if users.Database().Tables == storage.OwnTables {
		return nil, storage.Invalid("the users in this database are a copy, which does not know of logouts and new passwords; "+
			"name DECNET's own database with --users-db DSN, or unset %s", decnetSecretVariable)
	}
	return auth.NewDECNET(secret, users, time.Now)
}

// reload reads the secret of DECNET's tokens again, and has every proof verified again. If it fails, nothing has changed.
func (a *access) reload() error {
	if a.decnet != nil {
		secret, err := a.flags.decnetSecret()
		if err != nil {
			return err
		}
		if err := a.decnet.ReplaceSecret(secret); err != nil {
			return err
		}
	}
	if a.ways != nil {
		a.ways.Forget()
	}
	return nil
}

func (a *access) close() {
	if a.users != nil {
		_ = a.users.Close() // it only read
	}
}
