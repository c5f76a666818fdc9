package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
	"decnetgraph/storage/transfer"
)

// recordFlags say where the API tokens and the audit log of a database of DECNET's are. Databases of our own have them themselves.
type recordFlags struct {
	AccessDB string `name:"access-db" env:"DECNET_GRAPH_ACCESS_DB" placeholder:"FILE" help:"SQLite file with the API tokens and the audit log of a database that DECNET made. Without it, it is the file beside DECNET's SQLite file whose name ends in -access.db; for DECNET's MySQL it must be given. A database of this program's own holds them itself."`
}

// recordsNeed is what a command needs of the records.
type recordsNeed int

const (
	// recordsIfThere is for servers that only read: they use records that exist, and make none.
	recordsIfThere recordsNeed = iota
	// recordsToRead is for commands that look at records.
	recordsToRead
	// recordsToWrite is for everything that writes: no change may go without its entry in the audit log.
	recordsToWrite
)

// recordsOf is what a server needs, by the flag --write.
func recordsOf(write bool) recordsNeed {
	if write {
		return recordsToWrite
	}
	return recordsIfThere
}

// open opens a database together with its records. The options are those of the database; the caller closes the store.
func (f recordFlags) open(ctx context.Context, d databaseFlags, need recordsNeed, options storage.Options, log *slog.Logger) (*storage.Store, error) {
	source, err := d.source()
	if err != nil {
		return nil, err
	}
	path, err := f.path(source)
	if err != nil {
		return nil, err
	}
	if path != "" {
		options.Records = recordsFile{path: path, of: source, create: need == recordsToWrite, log: log}.open
	}
	store, err := d.open(ctx, options, log)
	if err != nil {
		return nil, err
	}
	if err := f.check(ctx, store, source, path, need, log); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// openForTokens opens a database to change its tokens: DECNET's own is not opened for writing.
func (f recordFlags) openForTokens(ctx context.Context, d databaseFlags, log *slog.Logger) (*storage.Store, error) {
	store, err := f.open(ctx, d, recordsToWrite, storage.Options{}, log)
	if err != nil || !store.Own() {
		return store, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return f.open(ctx, d, recordsToWrite, storage.Options{Write: true}, log)
}

// path is where the records of a database would be if it is DECNET's; empty if nobody has said so.
func (f recordFlags) path(source dsn.Source) (string, error) {
	if f.AccessDB != "" {
		named, err := engine.Parse(f.AccessDB)
		if err != nil {
			return "", fmt.Errorf("--access-db: %w", err)
		}
		file, isFile := named.Target.(dsn.File)
		if !isFile || file.Immutable {
			return "", storage.Invalid("--access-db must be the path of a SQLite file that may be written, not %s", named)
		}
		return file.Path, nil
	}
	if file, isFile := source.Target.(dsn.File); isFile {
		return strings.TrimSuffix(file.Path, filepath.Ext(file.Path)) + "-access.db", nil
	}
	return "", nil
}

// check fails, and says what to do, if the records are not as a command needs them.
func (f recordFlags) check(ctx context.Context, store *storage.Store, source dsn.Source, path string, need recordsNeed, log *slog.Logger) error {
	switch {
	case store.Own() && f.AccessDB != "":
		return storage.Invalid("%s holds its tokens and its audit log itself; leave out --access-db", source)
	case store.KeepsRecords():
		if need == recordsIfThere && !store.Writable() {
			log.InfoContext(ctx, "access: the last use of tokens is not noted, because the database is only read; --write changes that")
		}
		return nil
	case store.Own() && need == recordsIfThere:
		log.WarnContext(ctx, "access: an older release made the database, so it has no API tokens; upgrade it with decnet-graph migrate")
		return nil
	case store.Own():
		return storage.Invalid("an older release made %s, without tables for tokens and the audit log; upgrade it with decnet-graph migrate", source)
	case path == "" && need == recordsIfThere:
		log.DebugContext(ctx, "access: there are no API tokens and no audit log, because no file for them is named with --access-db")
		return nil
	case path == "":
		return storage.Invalid("%s is DECNET's, so its tokens and its audit log need a file of their own; name one with --access-db FILE", source)
	}
	_, err := store.Records(ctx)
	switch {
	case errors.Is(err, storage.ErrNoRecords) && need == recordsIfThere:
		log.DebugContext(ctx, "access: there are no API tokens yet; decnet-graph token create makes the file for them", "file", path)
		return nil
	case errors.Is(err, storage.ErrNoRecords):
		return nil
	}
	return err
}

// recordsFile is the SQLite file beside a database of DECNET's. It is one of our own databases whose other tables are empty.
type recordsFile struct {
	path   string
	of     dsn.Source
	create bool
	log    *slog.Logger
}

// open opens the file for storage.Options.Records. A file that may not be written is opened for reading, unless something is to be
// written.
func (r recordsFile) open(ctx context.Context) (*storage.Store, error) {
	source := dsn.Source{Form: dsn.SQLite, Target: dsn.File{Path: r.path}}
	if engine.SameFile(source, r.of) {
		return nil, storage.Invalid("--access-db names DECNET's own database, which gets no tables of this program; name another file")
	}
	info, err := os.Stat(r.path)
	switch {
	case errors.Is(err, os.ErrNotExist) && !r.create:
		return nil, storage.ErrNoRecords
	case err == nil && info.Mode().Perm()&0o077 != 0:
		r.log.WarnContext(ctx, "access: other users of this machine may read the file with the tokens and the audit log; chmod 600 it", "file", r.path)
	}
	options := storage.Options{Write: true, Reopen: true, Log: r.log}
	if _, err = transfer.Migrate(ctx, source); err == nil {
		return storage.OpenSource(ctx, source, options)
	}
	if r.create {
		return nil, fmt.Errorf("the file for tokens and the audit log: %w", err)
	}
	options.Write = false
	store, readErr := storage.OpenSource(ctx, source, options)
	if readErr != nil {
		return nil, errors.Join(err, readErr)
	}
	r.log.WarnContext(ctx, "access: the file with the tokens can only be read, so their last use is not noted", "file", r.path, "cause", err)
	return store, nil
}

// recordImport adds an import to the audit log of the database that it has written to, and returns the error that the import failed
// with. An import that has failed before it made the table for the audit log has no entry; the one that goes on from there has.
func recordImport(ctx context.Context, from, to dsn.Source, report transfer.Report, failed error, log *slog.Logger) error {
	if errors.Is(failed, storage.ErrInvalid) || errors.Is(failed, transfer.ErrBusy) { // nothing was written
		return failed
	}
	outcome := storage.AuditApplied
	if failed != nil {
		outcome = storage.AuditFailed
	}
	ctx = asCommand(context.WithoutCancel(ctx))
	store, err := storage.OpenSource(ctx, to, storage.Options{Write: true, AnyRevision: true, Log: log})
	if err == nil {
		defer store.Close()
		all := report.Total()
		err = store.RecordAction(ctx, "import", from.Redacted(), outcome, map[string]any{
			"from": from.Redacted(), "read": all.Read, "written": all.Written, "updated": all.Updated, "skipped": all.Skipped,
		})
	}
	if err != nil && failed == nil {
		return fmt.Errorf("the import is complete, but cannot be noted in the audit log: %w", err)
	}
	return failed
}

// asCommand returns a context whose writes the audit log ascribes to the user who runs this command.
func asCommand(ctx context.Context) context.Context {
	return storage.WithActor(ctx, storage.NewActor(osUser(), storage.ActorCommand, ""))
}

// osUser is the name of the operating system's user, or the number where it has no name, as in a container.
func osUser() string {
	if current, err := user.Current(); err == nil && current.Username != "" {
		return current.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}
