package engine

// round is some statements of a pipeline that are sent together. At any time it belongs to the goroutine of one of them,
// which passes it on when it has read its rows.
type round struct {
	pipeline *Pipeline
	rest     []*pendingStatement // whose turn comes later
	sent     pipelinedResults    // nil before the statements are sent, and after the end
}

// pass gives the round to the next statement, or ends it after the last one.
func (r *round) pass() {
	if len(r.rest) == 0 {
		r.end()
		return
	}
	next := r.rest[0]
	r.rest = r.rest[1:]
	next.turn <- r
}

// end gives back the connection.
func (r *round) end() {
	if r.sent != nil {
		r.sent.close()
		r.sent = nil
		r.pipeline.give()
	}
}

// abort ends the round because a statement has failed: the server skips those after it, so they run by themselves.
func (r *round) abort() {
	r.end()
	for _, s := range r.rest {
		s.turn <- nil
	}
	r.rest = nil
}

// next returns the rows of the statement that has the round, and sends all statements if it is the first one.
func (r *round) next(s *pendingStatement) (Rows, error) {
	if r.sent == nil {
		if len(r.rest) == 0 {
			return r.pipeline.alone(s.ctx, s.text, s.args)
		}
		if err := r.send(s); err != nil {
			r.abort()
			return nil, err
		}
	}
	found, err := started(r.sent.next())
	if err != nil {
		r.abort()
		return nil, err
	}
	return &roundRows{Rows: found, round: r}, nil
}

// send sends the statements.
func (r *round) send(first *pendingStatement) error {
	p := r.pipeline
	if err := p.take(first.ctx); err != nil {
		return err
	}
	sent, err := p.pool.send(first.ctx, append([]*pendingStatement{first}, r.rest...))
	if err != nil {
		p.give()
		return err
	}
	r.sent = sent
	return nil
}

// roundRows are the rows of a statement of a round.
type roundRows struct {
	Rows

	round *round // nil when they are closed
}

// Close implements Rows. It reads the rest of the rows, because those of the next statement come after it.
func (r *roundRows) Close() error {
	err := r.Rows.Close()
	if r.round == nil {
		return err
	}
	if err != nil {
		r.round.abort()
	} else {
		r.round.pass()
	}
	r.round = nil
	return err
}
