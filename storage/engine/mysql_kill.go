package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

// victim is a connection to kill, as the server knows it. Its number alone would be ambiguous: a server that restarts
// counts from the beginning, and one address may stand for several servers.
type victim struct {
	number uint64
	host   string    // and port of our end; empty for a Unix socket, whose end the server always notices
	until  time.Time // when the killer gives up
}

const (
	// killTime is how long the killer tries to kill a connection, killPause the time between two attempts, and
	// killTimeout the longest time for one.
	killTime    = time.Minute
	killPause   = 250 * time.Millisecond
	killTimeout = 5 * time.Second
	// killGrace is how long a pool that is closed waits for its victims.
	killGrace = 2 * time.Second
	// maxVictims is more than a pool can have within killTime, unless connections fail all the time.
	maxVictims = 256
)

// killer ends connections of a MySQL server by way of another connection. It runs one goroutine, and only as long as
// there are victims.
type killer struct {
	connector driver.Connector
	ctx       context.Context //nolint:containedctx // of the goroutine
	cancel    context.CancelFunc
	work      sync.WaitGroup

	mu      sync.Mutex
	victims []victim
	working bool
	stopped bool
}

func newKiller(connector driver.Connector) *killer {
	ctx, cancel := context.WithCancel(context.Background())
	return &killer{connector: connector, ctx: ctx, cancel: cancel}
}

// add schedules a connection to be killed.
func (k *killer) add(v victim) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped || len(k.victims) >= maxVictims {
		return
	}
	v.until = time.Now().Add(killTime)
	k.victims = append(k.victims, v)
	if !k.working {
		k.working = true
		k.work.Go(k.run)
	}
}

// stop ends the goroutine, after killGrace at most.
func (k *killer) stop() {
	k.mu.Lock()
	k.stopped = true
	k.mu.Unlock()
	defer time.AfterFunc(killGrace, k.cancel).Stop()
	k.work.Wait()
	k.cancel()
}

func (k *killer) run() {
	db := sql.OpenDB(k.connector)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for v, ok := k.next(); ok; v, ok = k.next() {
		for !k.kill(db, v) && time.Now().Before(v.until) && k.ctx.Err() == nil {
			select {
			case <-time.After(killPause):
			case <-k.ctx.Done():
			}
		}
	}
}

func (k *killer) next() (victim, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.victims) == 0 {
		k.working = false
		return victim{}, false
	}
	v := k.victims[0]
	k.victims = k.victims[1:]
	return v, true
}

// kill reports whether a connection has gone, or cannot be killed at all.
func (k *killer) kill(db *sql.DB, v victim) bool {
	ctx, cancel := context.WithTimeout(k.ctx, killTimeout)
	defer cancel()
	number := strconv.FormatUint(v.number, 10)
	var host string
	err := db.QueryRowContext(ctx, "SELECT host FROM information_schema.processlist WHERE id = "+number).Scan(&host)
	if err == nil && host == v.host {
		_, err = db.ExecContext(ctx, "KILL "+number)
	}
	var refused *mysql.MySQLError
	return err == nil || errors.Is(err, sql.ErrNoRows) || errors.As(err, &refused)
}
