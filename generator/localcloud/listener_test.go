package localcloud

import (
	"errors"
	"net"
	"syscall"
	"testing"
)

// fullListener has no files left at first.
type fullListener struct {
	net.Listener

	refusals int
}

func (l *fullListener) Accept() (net.Conn, error) {
	if l.refusals > 0 {
		l.refusals--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

// TestTooManyOpenFiles lets connections in again once files can be opened.
func TestTooManyOpenFiles(t *testing.T) {
	raw, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newSplitListener(&fullListener{Listener: raw, refusals: 3}, nil)
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", raw.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("GET")); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.Close(), client.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	l.closeAll()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: got %v, want net.ErrClosed", err)
	}
}
