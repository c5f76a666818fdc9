//go:build cluster

package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestClusterReadsAtOneServerWhatAnotherHasWritten writes at one server and reads at others at once.
func TestClusterReadsAtOneServerWhatAnotherHasWritten(t *testing.T) {
	for _, d := range clusters {
		t.Run(d.name, func(t *testing.T) {
			dsns := d.create(t)
			last := dsns[len(dsns)-1]
			writer := serve(t, append([]string{"--db", dsns[0], "--write"}, replicas(dsns[1:])...)...)
			reader := serve(t, append([]string{"--db", dsns[0]}, replicas(dsns[1:])...)...)
			campaign := writer.campaign(t)
			token := writer.write(t, campaign, "before")
			requireNoStrayLetters(t, token)
			var alone *server // reads a replica, and knows no primary
			require.Eventually(t, func() bool { return reader.read(t, campaign) == "before" }, patience, 20*time.Millisecond)
			alone = serve(t, "--db", last)
			await(t, alone, campaign, token)
			if d.lag != nil {
				d.execute(t, last, d.lag...)
				defer d.execute(t, last, "ALTER SYSTEM RESET recovery_min_apply_delay", "SELECT pg_reload_conf()")
			}
			stale := 0
			for n := range 200 {
				text := fmt.Sprint("note ", n)
				token := writer.write(t, campaign, text)
				if reader.read(t, campaign) != text {
					stale++
				}
				require.Equal(t, text, reader.read(t, campaign, token), "write %d", n)
				if n%10 == 0 {
					require.Equal(t, text, writer.read(t, campaign, token))
					require.Equal(t, text, alone.read(t, campaign, token), "a replica alone is waited for")
				}
			}
			t.Logf("%d of 200 reads without a token were stale", stale)
			if d.lag != nil {
				require.Positive(t, stale, "the test would fail without tokens")
			}
			if d.pause == nil {
				require.Zero(t, stale, "a node waits for the others")
				return
			}
			d.execute(t, last, d.pause...)
			resume := sync.OnceFunc(func() { d.execute(t, last, d.resume...) })
			defer resume()
			for n := range 20 {
				text := fmt.Sprint("paused ", n)
				token = writer.write(t, campaign, text)
				require.NotEqual(t, text, reader.read(t, campaign), "without a token")
				require.Equal(t, text, reader.read(t, campaign, token))
			}
			answer, err := alone.ask(getNotes, map[string]any{"uuid": campaign}, token)
			require.NoError(t, err)
			require.Len(t, answer.Errors, 1)
			require.Equal(t, "UNAVAILABLE", answer.Errors[0].Extensions.Code)
			resume()
			await(t, alone, campaign, token)
			require.Equal(t, "paused 19", alone.read(t, campaign, token))
		})
	}
}

func TestClusterRefusesTokensOfOtherDatabases(t *testing.T) {
	var servers []*server
	var tokens []string
	for _, d := range append([]databases{postgres}, clusters...) { // two databases of one server among them
		s := serve(t, "--db", d.create(t)[0], "--write")
		servers, tokens = append(servers, s), append(tokens, s.write(t, s.campaign(t), "x"))
	}
	for n, s := range servers {
		for m, token := range tokens {
			answer, err := s.ask(`{ campaigns { totalCount } }`, nil, token)
			require.NoError(t, err)
			if n == m {
				require.Empty(t, answer.Errors)
				continue
			}
			require.Len(t, answer.Errors, 1)
			require.Equal(t, "BAD_USER_INPUT", answer.Errors[0].Extensions.Code)
			require.Contains(t, answer.Errors[0].Message, "another database")
		}
	}
}

const (
	insertTag = `mutation ($tag: TagInput!) { insertTags(input: {tags: [$tag]}) { results { uuid reason } userErrors { message } } }`
	findTag   = `query ($uuid: UUID!) { tag(uuid: $uuid) { sourceId } }`
)

// clients insert tags at any of several servers, and read each at once at the next one.
type clients struct {
	servers  []*server
	attacker string
	stopped  atomic.Bool
	written  atomic.Int64
	wait     sync.WaitGroup

	mu           sync.Mutex
	acknowledged map[string]string // sources of tags by their keys
	failures     []string
}

func (c *clients) fail(format string, values ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, fmt.Sprintf(format, values...))
}

// any asks one server after the other until one answers, as a balancer does when no connection can be made. What is sent may be
// repeated. Any answer counts.
func (c *clients) any(first int, query string, variables map[string]any, tokens ...string) response {
	for end := time.Now().Add(patience); ; first++ {
		answer, err := c.servers[first%len(c.servers)].ask(query, variables, tokens...)
		if err == nil {
			return answer
		}
		if time.Now().After(end) {
			c.fail("no server answers: %v", err)
			return answer
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (c *clients) run(client int) {
	for n := 0; !c.stopped.Load(); n++ {
		source := fmt.Sprintf("client %d, tag %d", client, n)
		server := rand.IntN(len(c.servers))
		answer := c.any(server, insertTag, map[string]any{"tag": map[string]any{
			"sourceKind": "command", "sourceId": source, "attackerUuid": c.attacker, "tacticId": "TA0006", "techniqueId": "T1110",
			"confidence": 0.75, "ruleId": "R9001", "ruleVersion": 1, "evidence": map[string]any{},
		}})
		if len(answer.Errors) > 0 {
			c.fail("%s: %v", source, answer.Errors)
			return
		}
		result := answer.Data["insertTags"].(map[string]any)["results"].([]any)[0].(map[string]any)
		uuid, inserted := result["uuid"].(string)
		if !inserted {
			c.fail("%s: %v", source, result)
			return
		}
		c.mu.Lock()
		c.acknowledged[uuid] = source
		c.mu.Unlock()
		c.written.Add(1)
		found := c.any(server+1, findTag, map[string]any{"uuid": uuid}, answer.token)
		if len(found.Errors) > 0 || !has(found, source) {
			c.fail("%s is not read: %v %v", source, found.Data, found.Errors)
			return
		}
	}
}

func has(answer response, source string) bool {
	tag, _ := answer.Data["tag"].(map[string]any)
	return tag["sourceId"] == source
}

// load starts clients of two servers that write.
func load(t *testing.T, d databases) *clients {
	t.Helper()
	dsns := d.create(t)
	flags := append([]string{"--write"}, replicas(dsns[1:])...)
	second := dsns[0]
	if d.name == galera.name { // whose nodes all can be written
		second = dsns[1]
	}
	if d.lag != nil {
		d.execute(t, dsns[1], d.lag...)
		t.Cleanup(func() {
			d.execute(t, dsns[1], "ALTER SYSTEM RESET recovery_min_apply_delay", "SELECT pg_reload_conf()")
		})
	}
	c := &clients{acknowledged: map[string]string{}, servers: []*server{serve(t, append(flags, "--db", dsns[0])...), serve(t, append(flags, "--db", second)...)}}
	answer := c.servers[0].mustAsk(t, `{ attackers(first: 1) { nodes { uuid } } }`, nil)
	c.attacker = answer.Data["attackers"].(map[string]any)["nodes"].([]any)[0].(map[string]any)["uuid"].(string)
	for client := range 4 {
		c.wait.Go(func() { c.run(client) })
	}
	t.Cleanup(func() { c.stopped.Store(true); c.wait.Wait() })
	c.more(t)
	return c
}

// more waits until the clients have written some more.
func (c *clients) more(t *testing.T) {
	t.Helper()
	seen := c.written.Load()
	failures := func() []string {
		c.mu.Lock()
		defer c.mu.Unlock()
		return slices.Clone(c.failures)
	}
	require.Eventually(t, func() bool { return c.written.Load() > seen+40 || len(failures()) > 0 }, patience, 10*time.Millisecond, "the clients go on")
	require.Empty(t, failures())
}

// finish stops the clients and looks for all tags that were acknowledged.
func (c *clients) finish(t *testing.T) {
	t.Helper()
	c.stopped.Store(true)
	c.wait.Wait()
	require.Empty(t, c.failures)
	token := c.servers[0].write(t, c.servers[0].campaign(t), "done")
	for _, s := range c.servers {
		for uuid, source := range c.acknowledged {
			require.True(t, has(s.mustAsk(t, findTag, map[string]any{"uuid": uuid}, token), source), source)
		}
	}
	t.Logf("%d tags", len(c.acknowledged))
}

func TestClusterLosesNothingWhenAServerIsKilled(t *testing.T) {
	for _, d := range clusters {
		t.Run(d.name, func(t *testing.T) {
			c := load(t, d)
			for _, s := range c.servers {
				s.end(t, syscall.SIGKILL)
				c.more(t)
				s.start(t)
				c.more(t)
			}
			c.finish(t)
		})
	}
}

func TestClusterIsRestartedServerByServer(t *testing.T) {
	for _, d := range clusters {
		t.Run(d.name, func(t *testing.T) {
			c := load(t, d)
			for range 2 {
				for _, s := range c.servers {
					s.end(t, syscall.SIGTERM)
					require.Zero(t, s.process.ProcessState.ExitCode())
					s.start(t)
					c.more(t)
				}
			}
			c.finish(t)
		})
	}
}
