package localcloud

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// splitListener serves HTTP and HTTPS on one port: the first byte of a connection
// tells which it is. Connections are looked at beside each other, so that one that
// stays silent holds up nobody.
type splitListener struct {
	net.Listener
	config  *tls.Config
	sorted  chan net.Conn
	closed  chan struct{}
	once    sync.Once
	mu      sync.Mutex
	waiting map[net.Conn]bool // not sorted yet
	work    sync.WaitGroup
}

const (
	// tlsHandshake is the first byte of a TLS connection.
	tlsHandshake = 0x16
	// acceptPause is how long nobody is let in when no more files can be open.
	acceptPause = 5 * time.Millisecond
)

func newSplitListener(raw net.Listener, config *tls.Config) *splitListener {
	l := &splitListener{
		Listener: raw, config: config,
		sorted: make(chan net.Conn), closed: make(chan struct{}), waiting: map[net.Conn]bool{},
	}
	l.work.Go(l.acceptAll)
	return l
}

func (l *splitListener) acceptAll() {
	for {
		conn, err := l.Listener.Accept()
		switch {
		case err == nil:
			l.sort(conn)
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
			select { // too many files are open: who is there already goes first
			case <-l.closed:
			case <-time.After(acceptPause):
			}
		default:
			l.closeOnce() // the port is closed, or no more can be had from it
			return
		}
	}
}

// sort finds out in the background what a connection speaks and hands it to
// Accept.
func (l *splitListener) sort(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		_ = conn.Close() // it was never used
		return
	default:
	}
	l.waiting[conn] = true
	l.work.Go(func() {
		sorted := l.sniff(conn)
		l.mu.Lock()
		delete(l.waiting, conn)
		l.mu.Unlock()
		if sorted == nil {
			_ = conn.Close() // it said nothing
			return
		}
		select {
		case l.sorted <- sorted:
		case <-l.closed:
			_ = conn.Close() // the cloud ends
		}
	})
}

// sniff returns nil for a connection that says nothing.
func (l *splitListener) sniff(conn net.Conn) net.Conn {
	if err := conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return nil
	}
	peeked := &peekedConn{Conn: conn, reader: bufio.NewReader(conn)}
	first, err := peeked.reader.Peek(1)
	if err != nil {
		return nil
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return nil
	}
	if first[0] == tlsHandshake {
		return tls.Server(peeked, l.config)
	}
	return peeked
}

// Accept implements [net.Listener].
func (l *splitListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.sorted:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (l *splitListener) Close() error {
	l.closeOnce()
	return l.Listener.Close()
}

func (l *splitListener) closeOnce() { l.once.Do(func() { close(l.closed) }) }

// closeAll ends the connections that were not handed to anybody, and waits until
// nothing runs any more.
func (l *splitListener) closeAll() {
	l.mu.Lock()
	for conn := range l.waiting {
		_ = conn.Close() // its goroutine ends by that
	}
	l.mu.Unlock()
	l.work.Wait()
}

// peekedConn is a connection of which some bytes are in a buffer already.
type peekedConn struct {
	net.Conn
	reader *bufio.Reader
}

// Read implements [net.Conn].
func (c *peekedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }
