package exec

import "sync"

// spare are buffers that answers were written to. The data of a large answer is half of all memory that
// its request takes; taken anew, it is cleared by Go, grown by copies, and collected after each answer.
var spare sync.Pool // of *[]byte

// mostSpare is the size of the largest buffer that is kept.
const mostSpare = 1 << 20

// takeBuffer is an empty buffer, of any size.
func takeBuffer() []byte {
	if kept, ok := spare.Get().(*[]byte); ok {
		return (*kept)[:0]
	}
	const usual = 4 << 10
	return make([]byte, 0, usual)
}

// Recycle takes the data of an answer back when it has been sent: another one will be written over it.
func Recycle(data []byte) {
	if cap(data) > 0 && cap(data) <= mostSpare {
		spare.Put(&data)
	}
}
