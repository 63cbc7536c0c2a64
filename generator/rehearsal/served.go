package rehearsal

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sendform/generator/lifecycle"
	"sendform/generator/localcloud"
	"sendform/generator/sdkhttp"
	"sendform/generator/standin"
)

// Served is a cloud on this machine that another process serves.
type Served struct {
	endpoint *url.URL
	bundle   string // the certificates that it is trusted by, absolute; empty without TLS
	client   *http.Client
	// connections are the stand-in provider's.
	connections *standin.Connections
}

// FindServed looks whether AWS_ENDPOINT_URL leads to this machine. If it does not, calls
// go elsewhere, to AWS for example.
func FindServed(getenv func(string) string) (s Served, found bool, err error) {
	endpoint, err := url.Parse(getenv("AWS_ENDPOINT_URL"))
	if err != nil {
		return Served{}, false, errors.New("AWS_ENDPOINT_URL is not a URL") // it may hold a password
	}
	if !localcloud.IsLoopback(endpoint.Hostname()) {
		return Served{}, false, nil
	}
	s = Served{endpoint: endpoint, connections: &standin.Connections{}}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if file := getenv("AWS_CA_BUNDLE"); file != "" {
		if s.bundle, err = filepath.Abs(file); err != nil {
			return Served{}, false, fmt.Errorf("locate AWS_CA_BUNDLE: %w", err)
		}
		certificates, err := os.ReadFile(s.bundle)
		if err != nil {
			return Served{}, false, fmt.Errorf("read AWS_CA_BUNDLE: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(certificates) {
			return Served{}, false, fmt.Errorf("read AWS_CA_BUNDLE: %s holds no certificate", s.bundle)
		}
	}
	s.client = clientOf(endpoint, config)
	return s, true, nil
}

// clientOf leads every host to an endpoint: function URLs and distributions have host
// names in AWS, and nothing of a deployment is elsewhere.
func clientOf(endpoint *url.URL, config *tls.Config) *http.Client {
	var dialer net.Dialer
	address := addressOf(endpoint)
	return &http.Client{
		Transport: sdkhttp.Transport{Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
			TLSClientConfig:     config,
			MaxIdleConnsPerHost: 32,
		}},
		// A redirect is an answer to look at, as for any client of an API.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func addressOf(endpoint *url.URL) string {
	port := endpoint.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[endpoint.Scheme]
	}
	return net.JoinHostPort(endpoint.Hostname(), port)
}

// URL is the address of the endpoint. It bears no password.
func (s Served) URL() string { return s.endpoint.Redacted() }

// Prepare changes a deployment for AWS into one on the cloud. Its functions are built
// for this machine, and what it starts finds and trusts the cloud. Unless registry is
// set, the stand-in is Terraform's provider.
func (s Served) Prepare(cfg lifecycle.Config, registry bool) lifecycle.Config {
	cfg.Machine = lifecycle.Machine{GOOS: runtime.GOOS, GOARCH: runtime.GOARCH}
	cfg.AWS = cfg.AWS.Copy()
	cfg.AWS.BaseEndpoint = aws.String(s.endpoint.String())
	cfg.AWS.HTTPClient, cfg.HTTP = s.client, s.client
	cfg.Patience = 0 // permissions take effect at once
	cfg.Environ = maps.Clone(cfg.Environ)
	cfg.Environ["HTTPS_PROXY"] = "http://" + addressOf(s.endpoint)
	cfg.Environ["NO_PROXY"] = "127.0.0.1,::1,localhost"
	if s.bundle != "" {
		cfg.Environ["AWS_CA_BUNDLE"], cfg.Environ["SSL_CERT_FILE"] = s.bundle, s.bundle
	}
	if !registry {
		cfg.Provider = standIn(cfg.Environ, nil, s.connections)
	}
	return cfg
}

// Close gives the connections back.
func (s Served) Close() {
	s.client.CloseIdleConnections()
	s.connections.Close()
}
