package ratelimit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/auth"
	"decnetgraph/graph/exec"
	"decnetgraph/httpapi/ratelimit"
)

// noon is when the clock of these tests starts: 20 s after a minute began.
var noon = time.Date(2026, 3, 1, 12, 0, 20, 0, time.UTC)

// book is a Spender in memory.
type book struct {
	mu    sync.Mutex
	spent map[string]int // by key and window
	calls int
	fail  error
}

func (b *book) Spend(ctx context.Context, key string, window time.Time, cost int) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.fail != nil {
		return 0, b.fail
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if b.spent == nil {
		b.spent = map[string]int{}
	}
	name := key + " " + window.Format(time.RFC3339)
	b.spent[name] += cost
	return b.spent[name], nil
}

// clocked is a limiter with a clock that the test sets.
type clocked struct {
	*ratelimit.Limiter

	t   assert.TestingT
	now time.Time
	ctx context.Context //nolint:containedctx // of the principal
	log bytes.Buffer
}

func limited(t assert.TestingT, spender ratelimit.Spender, rates ...string) *clocked {
	parsed, err := ratelimit.ParseRates(rates)
	require.NoError(t.(require.TestingT), err)
	c := &clocked{t: t, now: noon}
	c.as("alice", auth.Viewer)
	c.Limiter = ratelimit.New(ratelimit.Options{
		Rates: parsed, Spender: spender, Log: slog.New(slog.NewTextHandler(&c.log, nil)), Now: func() time.Time { return c.now },
	})
	return c
}

// as sets the principal of the next operations.
func (c *clocked) as(name string, role auth.Role) {
	c.ctx = auth.With(context.Background(), &auth.Principal{Name: name, Way: auth.ByToken, Role: role})
}

// run runs an operation of a cost that turns out to be actual, and returns what is left.
func (c *clocked) run(cost, actual int) exec.Balance {
	settle, err := c.Charge(c.ctx, cost)
	require.NoError(c.t.(require.TestingT), err)
	return settle(actual)
}

// refused returns the error of an operation of a cost, which must be refused.
func (c *clocked) refused(cost int) (limited exec.RateError) {
	_, err := c.Charge(c.ctx, cost)
	require.ErrorAs(c.t.(require.TestingT), err, &limited)
	return limited
}

func TestAPrincipalSpendsNoMoreThanItsRateUntilThePeriodEnds(t *testing.T) {
	c := limited(t, nil, "100/1m")
	end := time.Date(2026, 3, 1, 12, 1, 0, 0, time.UTC)
	assert.Equal(t, exec.Balance{Remaining: 60, ResetAt: end}, c.run(40, 40))
	assert.Equal(t, exec.Balance{Remaining: 55, ResetAt: end}, c.run(40, 5), "what it did not cost is given back")
	assert.Equal(t, exec.RateError{
		Balance: exec.Balance{Remaining: 55, ResetAt: end}, Requested: 56, Limit: "100/1m", RetryAfter: 40 * time.Second,
	}, c.refused(56))
	assert.Equal(t, 0, c.run(55, 70).Remaining, "what it cost beyond that is charged, too")
	_ = c.refused(1)
	c.now = end.Add(-time.Millisecond)
	assert.Equal(t, time.Second, c.refused(1).RetryAfter, "at least a second")
	c.now = end
	assert.Equal(t, exec.Balance{Remaining: 0, ResetAt: end.Add(time.Minute)}, c.run(100, 100))
}

func TestOthersAreNotChargedAndWhoIsNotLimitedSpendsAny(t *testing.T) {
	c := limited(t, nil, "100/1m", "INGEST=1000/1h", "ADMIN=off")
	c.run(100, 100)
	c.as("bob", auth.Viewer)
	c.run(100, 100)
	c.as("alice", auth.Ingest) // the same key, under another rate
	assert.Equal(t, exec.Balance{Remaining: 400, ResetAt: time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)}, c.run(600, 600))
	c.as("root", auth.Admin)
	settle, err := c.Charge(c.ctx, 1_000_000)
	require.NoError(t, err)
	assert.Nil(t, settle)
	c.ctx = context.Background()
	assert.Equal(t, 0, c.run(100, 100).Remaining, "nobody is somebody, too")
}

func TestABalanceIsWhatIsLeftAndChargesNothing(t *testing.T) {
	c := limited(t, nil, "100/1m", "ADMIN=off")
	rate, left := c.Balance(c.ctx)
	end := time.Date(2026, 3, 1, 12, 1, 0, 0, time.UTC)
	assert.Equal(t, ratelimit.Rate{Units: 100, Period: time.Minute}, rate)
	assert.Equal(t, exec.Balance{Remaining: 100, ResetAt: end}, left, "who has spent nothing has everything")
	settle, err := c.Charge(c.ctx, 40)
	require.NoError(t, err)
	_, left = c.Balance(c.ctx)
	assert.Equal(t, 60, left.Remaining, "an operation that runs is charged")
	settle(130)
	_, left = c.Balance(c.ctx)
	assert.Equal(t, 0, left.Remaining, "nobody has less than nothing")
	c.now = end
	_, left = c.Balance(c.ctx)
	assert.Equal(t, exec.Balance{Remaining: 100, ResetAt: end.Add(time.Minute)}, left, "a new period")
	c.as("root", auth.Admin)
	rate, left = c.Balance(c.ctx)
	assert.Equal(t, []any{ratelimit.Rate{}, exec.Balance{}}, []any{rate, left})
}

func TestABalanceCountsWhatOthersHaveLeased(t *testing.T) {
	shared := &book{}
	one, two := limited(t, shared, "1000/1m"), limited(t, shared, "1000/1m")
	one.run(300, 300)
	two.run(1, 1)
	calls := shared.calls
	_, left := two.Balance(two.ctx)
	assert.Equal(t, 699, left.Remaining)
	_, left = one.Balance(one.ctx)
	assert.Equal(t, 700, left.Remaining, "as far as this server knows")
	assert.Equal(t, calls, shared.calls, "nobody is asked for it")
}

func TestAnOperationThatCanNeverRunSaysSo(t *testing.T) {
	c := limited(t, nil, "100/1m")
	_, err := c.Charge(c.ctx, 101)
	require.ErrorAs(t, err, new(exec.LimitError))
	require.EqualError(t, err, "the operation costs 101, which is more than the rate limit of 100/1m; ask for less at once")
	assert.Equal(t, 0, c.run(100, 100).Remaining, "nothing was charged")
}

func TestOperationsThatEndInTheNextPeriodAreChargedToTheirOwn(t *testing.T) {
	c := limited(t, nil, "100/1m")
	settle, err := c.Charge(c.ctx, 100)
	require.NoError(t, err)
	c.now = c.now.Add(time.Minute)
	assert.Equal(t, 70, c.run(30, 30).Remaining)
	assert.Equal(t, 70, settle(1).Remaining)
	assert.Equal(t, 0, c.run(70, 70).Remaining)
}

// TestServersShareARate lets operations of two servers spend one rate in small portions, most of them without asking the book.
func TestServersShareARate(t *testing.T) {
	shared := &book{}
	one, two := limited(t, shared, "1000/1m"), limited(t, shared, "1000/1m")
	ran := 0
	for range 200 {
		for _, server := range []*clocked{one, two} {
			if settle, err := server.Charge(server.ctx, 5); err == nil {
				settle(5)
				ran += 5
			}
		}
	}
	assert.Equal(t, 1000, ran, "together they spend exactly the rate")
	assert.Less(t, shared.calls, 40, "of 400 operations")
	before := shared.calls
	for range 100 {
		assert.Equal(t, 0, one.refused(5).Remaining)
	}
	assert.LessOrEqual(t, shared.calls, before, "those that are refused do not ask each time")
	one.now, two.now = one.now.Add(time.Minute), two.now.Add(time.Minute)
	assert.Equal(t, 5, one.run(995, 995).Remaining)
	_ = two.refused(6)
	assert.Equal(t, 0, two.run(5, 5).Remaining)
}

func TestWhatAServerDoesNotNeedIsGivenToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := &book{}
		one, two := limited(t, shared, "1000/1m"), limited(t, shared, "1000/1m")
		settle, err := one.Charge(one.ctx, 1000)
		require.NoError(t, err)
		_ = two.refused(100)
		assert.Equal(t, 990, settle(10).Remaining)
		synctest.Wait()
		_ = two.refused(100)               // which was refused a moment ago
		two.now = two.now.Add(time.Second) // and is asked again after a while
		assert.Equal(t, 840, two.run(100, 100).Remaining, "one portion stays with the other server")
	})
}

func TestWithoutTheDatabaseAServerCountsAlone(t *testing.T) {
	shared := &book{}
	one, two := limited(t, shared, "1000/1m"), limited(t, shared, "1000/1m")
	two.run(300, 300)
	one.run(200, 200)
	shared.fail = errors.New("the database is gone")
	assert.Equal(t, 100, one.run(400, 400).Remaining, "of what the others had not leased")
	_ = one.refused(101)
	assert.Equal(t, 0, one.run(100, 100).Remaining)
	assert.Equal(t, 0, two.run(700, 700).Remaining, "as far as this server knows")
	calls := shared.calls
	_ = two.refused(1)
	assert.Equal(t, calls, shared.calls, "it is not asked again until the period ends")
	assert.Equal(t, 1, strings.Count(one.log.String(), "level=WARN"), one.log.String())
	shared.fail, one.now = nil, one.now.Add(time.Minute)
	one.run(1000, 1000)
	assert.Greater(t, shared.calls, calls)
}

func TestAClientThatHasLeftDoesNotStopALease(t *testing.T) {
	c := limited(t, &book{}, "100/1m")
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	settle, err := c.Charge(ctx, 50)
	require.NoError(t, err)
	assert.Equal(t, 50, settle(50).Remaining)
	assert.Empty(t, c.log.String())
}

// TestNoMoreThanTheRateIsEverSpent runs random operations on several servers and compares with their sum.
func TestNoMoreThanTheRateIsEverSpent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most = 1000
		var shared ratelimit.Spender
		servers := make([]*clocked, 1)
		if rapid.Bool().Draw(t, "shared") {
			shared, servers = &book{}, make([]*clocked, 3)
		}
		for i := range servers {
			servers[i] = limited(t, shared, "1000/1m")
		}
		spent := 0
		var open []func()
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			server := servers[rapid.IntRange(0, len(servers)-1).Draw(t, "server")]
			cost := rapid.IntRange(1, 400).Draw(t, "cost")
			if settle, err := server.Charge(server.ctx, cost); err == nil {
				spent += cost
				actual := rapid.IntRange(0, cost).Draw(t, "actual")
				open = append(open, func() { spent -= cost - actual; settle(actual) })
			}
			require.LessOrEqual(t, spent, most)
			if len(open) > 0 && rapid.Bool().Draw(t, "end") {
				open[0]()
				open = open[1:]
			}
		}
	})
}

func TestManyMaySpendAtOnce(t *testing.T) {
	shared := &book{}
	servers := []*clocked{limited(t, shared, "10000/1m"), limited(t, shared, "10000/1m")}
	var mu sync.Mutex
	spent := 0
	var all sync.WaitGroup
	for _, server := range servers {
		for range 8 {
			all.Go(func() {
				for range 200 {
					if settle, err := server.Charge(server.ctx, 7); err == nil {
						settle(7)
						mu.Lock()
						spent += 7
						mu.Unlock()
					}
				}
			})
		}
	}
	all.Wait()
	assert.LessOrEqual(t, spent, 10_000)
	assert.Greater(t, spent, 10_000-len(servers)*7, "what is left at each server is less than an operation costs")
}

func TestPrincipalsAreBounded(t *testing.T) {
	c := limited(t, nil, "100/1m")
	c.run(100, 100)
	for i := range 20_000 {
		c.as(fmt.Sprintf("user %d", i), auth.Viewer)
		c.run(1, 1)
	}
	c.as("alice", auth.Viewer)
	assert.Equal(t, 99, c.run(1, 1).Remaining, "the one that was evicted starts anew")
}

func TestRatesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]string{
		"600000/1m": "600000/1m", "600000/m": "600000/1m", "1/s": "1/1s", "5/90s": "5/1m30s", "7/h": "7/1h", "7/24h": "7/24h", "off": "off", "9/1h30m": "9/1h30m",
	} {
		rate, err := ratelimit.ParseRate(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, rate.String())
	}
	for _, text := range []string{"", "100", "100/", "/1m", "0/1m", "-5/1m", "100/0s", "100/100ms", "100/25h", "100/d", "1e3/1m", "100/1m/2", "9999999999999/1m"} {
		_, err := ratelimit.ParseRate(text)
		require.ErrorContains(t, err, fmt.Sprintf(`%q is no rate; give units of cost and a period from 1s to 24h, such as 600000/1m, or "off"`, text))
	}
	_, err := ratelimit.ParseRates([]string{"100/1m", "viewer=5/1m"})
	require.EqualError(t, err, `"viewer" is no role; give one of [ADMIN VIEWER INGEST]`)
	for rates, limited := range map[string]bool{"": false, "off": false, "ADMIN=off off": false, "off ADMIN=5/1m": true, "5/1m ADMIN=off": true} {
		parsed, err := ratelimit.ParseRates(strings.Fields(rates))
		require.NoError(t, err)
		assert.Equal(t, limited, parsed.Limited(), rates)
	}
}
