package lambda

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"sendform/generator/localcloud/logs"
)

const (
	maxLine    = 256 << 10 // bytes; a longer line is cut into several events
	maxPending = 1 << 20   // bytes that may wait to be written
	maxTail    = 4 << 10   // bytes of log that Invoke gives back
	// lingering is how long lines wait for more before they are written.
	lingering = 100 * time.Millisecond
)

// output collects what a process prints, line by line, in the order printed, and
// puts the platform's own lines between. The process writes into a pipe whose
// writing end is kept here too: a marker sent down the pipe comes out after all
// that was printed before it, so that the end of an invocation's log is known.
type output struct {
	reader, writer *os.File
	marker         string
	now            func() time.Time
	sink           func([]logs.Event) // may take its time; the process waits for it

	marking sync.Mutex    // one marker is under way at a time
	passed  chan struct{} // it came out
	done    chan struct{} // nothing is read any more

	mu      sync.Mutex
	closing bool // the next marker is the last
	pending []logs.Event
	size    int // bytes in pending
	tail    []byte
}

func newOutput(now func() time.Time, sink func([]logs.Event)) (*output, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open a pipe for logs: %w", err)
	}
	return &output{
		reader: reader, writer: writer, marker: "\x00" + rand.Text(), now: now, sink: sink,
		passed: make(chan struct{}, 1), done: make(chan struct{}),
	}, nil
}

// collect reads until finish was called.
func (o *output) collect() {
	defer close(o.done)
	buffer := make([]byte, 64<<10)
	var rest []byte
	for {
		n, err := o.reader.Read(buffer)
		var marked bool
		rest, marked = o.split(append(rest, buffer[:n]...))
		switch {
		case marked && o.last():
			o.flush()
			return
		case marked:
			o.passed <- struct{}{}
		case errors.Is(err, os.ErrDeadlineExceeded):
			o.flush()
			err = o.reader.SetReadDeadline(time.Time{})
		case err == nil:
			err = o.reader.SetReadDeadline(time.Now().Add(lingering))
		}
		if err != nil { // the pipe is broken: nothing can come any more
			o.flush()
			return
		}
	}
}

func (o *output) last() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closing
}

// split takes the whole lines out of data and gives back the rest, and whether a
// marker was among them.
func (o *output) split(data []byte) (rest []byte, marked bool) {
	for {
		end := bytes.IndexByte(data, '\n')
		switch {
		case end >= 0:
		case len(data) >= maxLine:
			o.line(string(data[:maxLine]))
			data = data[maxLine:]
			continue
		default:
			return data, marked
		}
		text, isMarker := strings.CutSuffix(string(data[:end]), o.marker)
		marked = marked || isMarker
		for len(text) > maxLine {
			o.line(text[:maxLine])
			text = text[maxLine:]
		}
		o.line(text)
		data = data[end+1:]
	}
}

// line takes one line of the log; empty ones are dropped, as events cannot be
// empty.
func (o *output) line(text string) {
	text = strings.TrimSuffix(text, "\r")
	if text == "" {
		return
	}
	o.mu.Lock()
	o.pending = append(o.pending, logs.Event{Time: o.now(), Message: text})
	o.size += len(text)
	full := o.size >= maxPending
	o.tail = append(append(o.tail, text...), '\n')
	if extra := len(o.tail) - maxTail; extra > 0 {
		o.tail = append([]byte(nil), o.tail[extra:]...)
	}
	o.mu.Unlock()
	if full {
		o.flush()
	}
}

// flush hands over what is pending. The lock is kept meanwhile, so that events
// arrive in order.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) > 0 {
		o.sink(o.pending)
	}
	o.pending, o.size = nil, 0
}

// restartTail forgets the tail: it belongs to the invocation that begins.
func (o *output) restartTail() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tail = nil
}

func (o *output) currentTail() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.tail)
}

// drain returns once everything that was printed before has been collected.
func (o *output) drain() {
	o.marking.Lock()
	defer o.marking.Unlock()
	if _, err := o.writer.WriteString(o.marker + "\n"); err != nil {
		return // finished meanwhile: then everything was collected
	}
	select {
	case <-o.passed:
	case <-o.done:
	}
}

// finish is called when the process is gone: it collects the rest, without
// waiting for anybody else who may still hold the pipe, and closes it.
func (o *output) finish() {
	o.marking.Lock()
	defer o.marking.Unlock()
	o.mu.Lock()
	o.closing = true
	o.mu.Unlock()
	if _, err := o.writer.WriteString(o.marker + "\n"); err == nil {
		<-o.done
	}
	_ = o.writer.Close()
	_ = o.reader.Close()
}
