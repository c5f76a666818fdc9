package buffer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/graph/buffer"
)

func lend(l *buffer.Lease, text string) []byte {
	b := buffer.Take()
	data := append(b.Empty(), text...)
	l.Lend(b, data)
	return data
}

func TestALentAnswerIsAppendedToInPlace(t *testing.T) {
	var l buffer.Lease
	data := lend(&l, "answer")
	whole := l.Append(data, []byte("!"))
	require.Equal(t, "answer!", string(whole))
	require.Same(t, &data[0], &whole[0])
	l.Release()
}

func TestAnyOtherAnswerIsCopied(t *testing.T) {
	var l buffer.Lease
	lend(&l, "answer")
	defer l.Release()
	kept := []byte("kept by somebody")
	whole := l.Append(kept[:4], []byte("!"))
	require.Equal(t, "kept!", string(whole))
	require.Equal(t, "kept by somebody", string(kept))
	require.Equal(t, "!", string(l.Append(nil, []byte("!"))))
}

func TestReleaseEndsALeaseOnce(t *testing.T) {
	var l buffer.Lease
	lend(&l, "answer")
	l.Release()
	l.Release() // must not give the same memory back twice
	first, second := buffer.Take(), buffer.Take()
	require.NotSame(t, first, second)
}

func TestWithoutALeaseThereIsNone(t *testing.T) {
	require.Nil(t, buffer.LeaseOf(t.Context()))
	l := &buffer.Lease{}
	require.Same(t, l, buffer.LeaseOf(buffer.WithLease(t.Context(), l)))
}
