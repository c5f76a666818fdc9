package command

import (
	"time"

	"decnetgraph/resolvers"
)

// limitFlags are the limits of requests, and of all requests together.
type limitFlags struct {
	Timeout    time.Duration `default:"30s" env:"DECNET_GRAPH_TIMEOUT" help:"Longest time for one request."`
	MaxBody    int64         `default:"4194304" env:"DECNET_GRAPH_MAX_BODY" placeholder:"BYTES" help:"Largest request body, in bytes (${default})."`
	MaxTokens  int           `default:"4000" env:"DECNET_GRAPH_MAX_TOKENS" placeholder:"N" help:"Most tokens in a GraphQL document (${default})."`
	MaxRunning int           `default:"0" env:"DECNET_GRAPH_MAX_RUNNING" placeholder:"UNITS" help:"Cost of the operations that may run at a time, in units of extensions.cost; 0 means 40000 for each processor core. While the server is overloaded, half of it."`
	MaxWaiting int           `default:"0" env:"DECNET_GRAPH_MAX_WAITING" placeholder:"N" help:"Most operations that may wait for others to end before further ones are refused; 0 means 8 for each processor core."`
	MaxAnswer  int           `default:"16777216" env:"DECNET_GRAPH_MAX_ANSWER" placeholder:"BYTES" help:"Largest answer, in bytes (${default})."`
	MaxMemory  int64         `default:"134217728" env:"DECNET_GRAPH_MAX_MEMORY" placeholder:"BYTES" help:"Most bytes of rows and answers that all requests together may hold (${default})."`
	MaxObjects int           `default:"50000" env:"DECNET_GRAPH_MAX_OBJECTS" placeholder:"N" help:"Most objects that one request may hold (${default})."`
}

// limits are those of single requests.
func (f limitFlags) limits() (resolvers.Limits, error) {
	return resolvers.Limits{BodyBytes: f.MaxBody, Tokens: f.MaxTokens, Timeout: f.Timeout, Objects: f.MaxObjects, AnswerBytes: f.MaxAnswer}.Verify()
}
