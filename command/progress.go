package command

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// isTerminal reports whether the output is a terminal.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progressBar returns a function that draws a bar on one line of a terminal. It draws nothing elsewhere, and nothing for
// work that takes less than a second.
func progressBar(out io.Writer) func(done, total int) {
	if !isTerminal(out) {
		return func(int, int) {}
	}
	const width = 30
	return throttle(200*time.Millisecond, func(done, total int, rate float64, left time.Duration) {
		full := min(width, done*width/max(total, 1))
		_, _ = fmt.Fprintf(out, "\r[%s%s] %3d %%  %d of %d rows, %.0f rows/s, %s left   ", strings.Repeat("#", full), strings.Repeat(".", width-full),
			done*100/max(total, 1), done, total, rate, left)
		if done >= total {
			_, _ = fmt.Fprintln(out)
		}
	})
}

// progressLines is progressBar on a terminal. Elsewhere the function writes a line every few seconds.
func progressLines(out io.Writer) func(done, total int) {
	if isTerminal(out) {
		return progressBar(out)
	}
	return throttle(5*time.Second, func(done, total int, rate float64, left time.Duration) {
		_, _ = fmt.Fprintf(out, "%d of %d rows, %.0f rows/s, %s left\n", done, total, rate, left)
	})
}

// throttle returns a function that calls show after the first second, then at most once in an interval, and at the end.
// The rate leaves out what was done before the first call.
func throttle(interval time.Duration, show func(done, total int, rate float64, left time.Duration)) func(done, total int) {
	start, shown, first, over := time.Now(), time.Time{}, -1, false
	return func(done, total int) {
		now := time.Now()
		if first < 0 {
			start, first = now, done
		}
		finished := done >= total && !shown.IsZero()
		if over || now.Sub(start) < time.Second || (now.Sub(shown) < interval && !finished) {
			return
		}
		shown, over = now, finished
		rate := float64(done-first) / now.Sub(start).Seconds()
		left := time.Duration(float64(total-done) / max(rate, 1) * float64(time.Second)).Round(time.Second)
		show(done, total, rate, left)
	}
}
