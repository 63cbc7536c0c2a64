package localcloud

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	caCertificate = "ca.pem"
	caKey         = "ca.key"
	caLifetime    = 10 * 365 * 24 * time.Hour
	leafLifetime  = 90 * 24 * time.Hour
)

// authority makes a certificate for every host name that it is asked for. Only
// clients that were told to trust it do.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	leafKey     *ecdsa.PrivateKey
	now         func() time.Time

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// openAuthority reads the authority of a folder, or makes it.
func openAuthority(dir string, now func() time.Time) (*authority, error) {
	a := &authority{now: now, leaves: map[string]*tls.Certificate{}}
	var err error
	if a.leafKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	certificateFile, keyFile := filepath.Join(dir, caCertificate), filepath.Join(dir, caKey)
	pair, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeAuthority(certificateFile, keyFile, now()); err != nil {
			return nil, fmt.Errorf("make the cloud's certificate authority: %w", err)
		}
		pair, err = tls.LoadX509KeyPair(certificateFile, keyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("read the cloud's certificate authority: %w", err)
	}
	key, isECDSA := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !isECDSA {
		return nil, fmt.Errorf("read the cloud's certificate authority: %s holds no ECDSA key", keyFile)
	}
	a.certificate, a.key = pair.Leaf, key
	return a, nil
}

func makeAuthority(certificateFile, keyFile string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "sendform local cloud"},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(caLifetime),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	encodedKey, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	err = os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encodedKey}), 0o600)
	if err != nil {
		return err
	}
	return os.WriteFile(certificateFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o644)
}

// config is for servers: HTTP/1.1 only, as the protocol that every AWS client has.
func (a *authority) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return a.leaf(calledAs(hello)) },
	}
}

// trust is for clients.
func (a *authority) trust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
}

// maxLeaves bounds the certificates that are kept; names come from clients.
const maxLeaves = 1000

// calledAs is what a client calls the server. One that connects to an IP address names
// none (RFC 6066, section 3) and expects that address.
func calledAs(hello *tls.ClientHelloInfo) string {
	if hello.ServerName != "" {
		return hello.ServerName
	}
	address, isTCP := hello.Conn.LocalAddr().(*net.TCPAddr)
	if !isTCP {
		return "localhost"
	}
	return address.IP.String()
}

// leaf makes the certificate of a host name or an IP address.
func (a *authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaf, made := a.leaves[host]; made {
		return leaf, nil
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, NotBefore: a.now().Add(-time.Hour), NotAfter: a.now().Add(leafLifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{host},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, a.leafKey.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %q: %w", host, err)
	}
	leaf := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.leafKey}
	if len(a.leaves) < maxLeaves {
		a.leaves[host] = leaf
	}
	return leaf, nil
}
