package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"decnetgraph/auth"
	"decnetgraph/storage"
)

// tokenCommand is the command token with its subcommands.
type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Create an API token, and print its secret once."`
	List   tokenListCommand   `cmd:"" help:"List the API tokens, without their secrets."`
	Revoke tokenRevokeCommand `cmd:"" help:"Revoke an API token."`
}

// tokenCreateCommand is the command token create with its flags.
type tokenCreateCommand struct {
	databaseFlags `embed:""`
	recordFlags   `embed:""`

	Name    string   `required:"" placeholder:"NAME" help:"Name of the token, which audits and logs show. No other token that is not revoked may have it."`
	Role    string   `required:"" placeholder:"ROLE" help:"What the token allows: VIEWER reads the graph, INGEST only writes what detectors find, ADMIN may do everything."`
	Expires string   `placeholder:"TIME" help:"When the token expires: after a time such as 90d, 12h or 30m, or at an instant such as 2027-01-31 or 2027-01-31T12:00:00Z. Without it, the token is valid until it is revoked."`
	Network []string `placeholder:"CIDR" sep:"," help:"A network that the token may be used from, such as 10.0.0.0/8, or an address; may be given more than once. Without it, it may be used from everywhere."`
}

// Help is the text of --help below the first line.
func (c *tokenCreateCommand) Help() string {
	return `The secret is printed once, alone on the standard output, so that it can be piped into a file or a store of secrets. The database keeps only ` +
		`a hash of it, so it cannot be shown again. Clients send it as "Authorization: Bearer SECRET".`
}

// Run creates the token and prints its secret.
func (c *tokenCreateCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	token, err := c.token(time.Now())
	if err != nil {
		return err
	}
	store, err := c.openForTokens(ctx, c.databaseFlags, log)
	if err != nil {
		return err
	}
	defer store.Close()
	var secret string
	secret, token.Digest = auth.NewSecret()
	created, err := store.CreateToken(asCommand(ctx), token)
	if err != nil {
		return tokenError(err)
	}
	if _, err := fmt.Fprintln(streams.Out, secret); err != nil {
		_, revoking := store.RevokeToken(asCommand(context.WithoutCancel(ctx)), created.ID)
		return errors.Join(fmt.Errorf("the secret could not be printed, so the token was revoked again: %w", err), revoking)
	}
	until := "until it is revoked"
	if created.ExpiresAt != nil {
		until = "until " + created.ExpiresAt.Format(time.RFC3339)
	}
	_, _ = fmt.Fprintf(streams.Err, "Created token %s (%s) with the role %s, valid %s. Keep the secret now: it cannot be shown again.\n",
		created.Name, created.ID, created.Role, until)
	return nil
}

// token reads the flags.
func (c *tokenCreateCommand) token(now time.Time) (storage.Token, error) {
	t := storage.Token{Name: c.Name, Role: strings.ToUpper(c.Role), CreatedBy: osUser()}
	if !slices.Contains(auth.Roles, auth.Role(t.Role)) {
		return t, storage.Invalid("there is no role %q; give --role VIEWER, INGEST or ADMIN", c.Role)
	}
	if c.Expires != "" {
		at, err := parseExpiry(c.Expires, now)
		if err != nil {
			return t, err
		}
		t.ExpiresAt = &at
	}
	for _, text := range c.Network {
		network, err := parseNetwork(text)
		if err != nil {
			return t, err
		}
		if !slices.Contains(t.Networks, network) {
			t.Networks = append(t.Networks, network)
		}
	}
	return t, nil
}

// parseExpiry reads a time from now on, of which a day has 24 hours, or an instant. A date is the beginning of the day in UTC.
func parseExpiry(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	if err != nil {
		var length time.Duration
		if days, isDays := strings.CutSuffix(text, "d"); isDays {
			var n int
			const most = 100 * 366 // days that a Duration holds
			if n, err = strconv.Atoi(days); err == nil && (n > most || n < -most) {
				err = strconv.ErrRange
			}
			length = time.Duration(n) * 24 * time.Hour
		} else {
			length, err = time.ParseDuration(text)
		}
		if err != nil {
			return at, storage.Invalid("--expires %s is no time; give one such as 90d or 12h, or an instant such as 2027-01-31T12:00:00Z", text)
		}
		at = now.Add(length)
	}
	at = at.UTC().Truncate(time.Second)
	if !at.After(now) {
		return at, storage.Invalid("--expires %s is not in the future; give a time such as 90d, or an instant that is still to come", text)
	}
	return at, nil
}

// parseNetwork reads a network in CIDR notation, or an address as the network of it alone, and returns it as it is stored.
func parseNetwork(text string) (string, error) {
	text = strings.TrimSpace(text)
	if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()).String(), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil || network.Addr().Is4In6() {
		return "", storage.Invalid("--network %s is no network; give one such as 10.0.0.0/8 or 2001:db8::/32", text)
	}
	if masked := network.Masked(); masked != network {
		const beyond = "--network %s has bits beyond its prefix; %s is the network, and %s/%d the address alone"
		return "", storage.Invalid(beyond, text, masked, network.Addr(), network.Addr().BitLen())
	}
	return network.String(), nil
}

// tokenListCommand is the command token list with its flags.
type tokenListCommand struct {
	databaseFlags `embed:""`
	recordFlags   `embed:""`

	JSON bool `name:"json" help:"Print a JSON list instead of a table."`
}

// Run prints the tokens, the oldest first.
func (c *tokenListCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	store, err := c.recordFlags.open(ctx, c.databaseFlags, recordsToRead, storage.Options{}, log)
	if err != nil {
		return err
	}
	defer store.Close()
	stored, err := store.Tokens(ctx)
	if err != nil && !errors.Is(err, storage.ErrNoRecords) {
		return tokenError(err)
	}
	if c.JSON {
		return printTokensJSON(streams.Out, stored, time.Now())
	}
	if len(stored) == 0 {
		_, _ = fmt.Fprintln(streams.Err, "There are no tokens yet; decnet-graph token create makes one.")
		return nil
	}
	return printTokens(streams.Out, stored, time.Now())
}

// tokenState is what can be done with a token.
func tokenState(t *storage.Token, now time.Time) string {
	switch {
	case t.RevokedAt != nil:
		return "revoked"
	case t.ExpiresAt != nil && !t.ExpiresAt.After(now):
		return "expired"
	}
	return "valid"
}

func printTokens(out io.Writer, stored []*storage.Token, now time.Time) error {
	shown := func(at *time.Time, otherwise string) string {
		if at == nil {
			return otherwise
		}
		return at.Format(time.RFC3339)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tNAME\tROLE\tSTATE\tCREATED\tBY\tEXPIRES\tLAST USED\tNETWORKS")
	for _, t := range stored {
		networks := "all"
		if len(t.Networks) > 0 {
			networks = strings.Join(t.Networks, " ")
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role, tokenState(t, now), t.CreatedAt.Format(time.RFC3339), t.CreatedBy,
			shown(t.ExpiresAt, "never"), shown(t.LastUsedAt, "never"), networks)
	}
	return table.Flush()
}

// tokenJSON is a token as token list --json prints it.
type tokenJSON struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	State      string     `json:"state"`
	Networks   []string   `json:"networks"`
	CreatedAt  time.Time  `json:"createdAt"`
	CreatedBy  string     `json:"createdBy"`
	ExpiresAt  *time.Time `json:"expiresAt"`
	RevokedAt  *time.Time `json:"revokedAt"`
	LastUsedAt *time.Time `json:"lastUsedAt"`
}

func printTokensJSON(out io.Writer, stored []*storage.Token, now time.Time) error {
	shown := make([]tokenJSON, len(stored))
	for i, t := range stored {
		shown[i] = tokenJSON{
			t.ID, t.Name, t.Role, tokenState(t, now), append([]string{}, t.Networks...), t.CreatedAt, t.CreatedBy, t.ExpiresAt, t.RevokedAt, t.LastUsedAt,
		}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(shown)
}

// tokenRevokeCommand is the command token revoke with its flags.
type tokenRevokeCommand struct {
	databaseFlags `embed:""`
	recordFlags   `embed:""`

	Token string `arg:"" name:"id-or-name" help:"Id or name of the token."`
}

// Run revokes the token.
func (c *tokenRevokeCommand) Run(ctx context.Context, streams Streams, log *slog.Logger) error {
	store, err := c.openForTokens(ctx, c.databaseFlags, log)
	if err != nil {
		return err
	}
	defer store.Close()
	revoked, err := store.RevokeToken(asCommand(ctx), c.Token)
	if err != nil {
		return tokenError(err)
	}
	_, _ = fmt.Fprintf(streams.Err, "Revoked token %s (%s). Running servers refuse it within 10 seconds.\n", revoked.Name, revoked.ID)
	return nil
}

// tokenError gives errors about the name of a token the exit code of commands that must change.
func tokenError(err error) error {
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) {
		return codedError{exitUsage, err}
	}
	return err
}
