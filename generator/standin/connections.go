package standin

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Connections are those to clouds. Servers that share them spare each Terraform command,
// and each walk that it makes over its graph, opening its own. The zero value has none.
type Connections struct {
	mu       sync.Mutex
	byBundle map[string]*http.Transport // by the certificates that are trusted, in PEM
}

// Close closes those that are not in use.
func (c *Connections) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.byBundle {
		t.CloseIdleConnections()
	}
}

// transport trusts the certificates in a file; without one, those that the machine does.
func (c *Connections) transport(bundle string) (*http.Transport, error) {
	var pem []byte
	trusted := &tls.Config{MinVersion: tls.VersionTLS12}
	if bundle != "" {
		var err error
		if pem, err = os.ReadFile(bundle); err != nil {
			return nil, fmt.Errorf("read the CA bundle: %w", err)
		}
		trusted.RootCAs = x509.NewCertPool()
		if !trusted.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read the CA bundle: %s holds no certificate", bundle)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, open := c.byBundle[string(pem)]; open {
		return t, nil
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: onlyLoopback}
	t := &http.Transport{
		// No proxy: a proxy would take the calls off this machine.
		DialContext:         dialer.DialContext,
		TLSClientConfig:     trusted,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
	}
	if c.byBundle == nil {
		c.byBundle = map[string]*http.Transport{}
	}
	c.byBundle[string(pem)] = t
	return t, nil
}
