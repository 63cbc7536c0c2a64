package localcloud

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"sendform/generator/localcloud/identity"
)

// Place is where processes of this machine reach a cloud, and as whom.
type Place struct {
	dir     string
	address string
	minter  *identity.Minter
}

// URL is the address of the endpoint, for AWS_ENDPOINT_URL.
func (p Place) URL() string { return "https://" + p.address }

// CAFile is the certificate that clients must trust, in PEM.
func (p Place) CAFile() string { return filepath.Join(p.dir, caCertificate) }

// RootCredentials are those of an account's root user, which may do everything in
// it. The account, twelve digits, needs no other set-up.
func (p Place) RootCredentials(account string) identity.Credentials { return p.minter.Root(account) }

// Environ is what a client process needs to work in the cloud as the root user of
// an account, as NAME=value.
func (p Place) Environ(account, region string) []string {
	root := p.RootCredentials(account)
	return append([]string{
		"AWS_ACCESS_KEY_ID=" + root.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + root.SecretAccessKey,
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_EC2_METADATA_DISABLED=true",
	}, p.reach()...)
}

// reach is what lets a process find and trust the cloud. The proxy leads function
// URLs, whose host names are AWS's, to the cloud.
func (p Place) reach() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + p.URL(),
		"AWS_CA_BUNDLE=" + p.CAFile(),
		"SSL_CERT_FILE=" + p.CAFile(),
		"HTTPS_PROXY=http://" + p.address,
		"NO_PROXY=127.0.0.1,localhost",
	}
}

// ErrNotServed says that no process serves the cloud of a folder.
var ErrNotServed = errors.New("no process serves it")

// answerTime is how long a cloud may take to be recognised by [Find].
const answerTime = 2 * time.Second

// Find looks for the process that serves the cloud of a folder, and makes sure that
// it answers. It fails with [ErrNotServed] when there is none.
func Find(ctx context.Context, dir string) (Place, error) {
	said, err := readServing(dir)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && said.Address == "") { // it is about to start
		return Place{}, fmt.Errorf("the local cloud in %s: %w", dir, ErrNotServed)
	}
	if err != nil {
		return Place{}, err
	}
	secret, err := os.ReadFile(secretFile(dir))
	if err != nil {
		return Place{}, fmt.Errorf("read the cloud's secret: %w", err)
	}
	p := Place{dir: dir, address: said.Address, minter: identity.NewMinter(secret, time.Now)}
	if err := p.recognise(ctx); err != nil {
		return Place{}, fmt.Errorf("the local cloud in %s: %w any more; process %d did, at %s (%w)", dir, ErrNotServed, said.PID, said.Address, err)
	}
	return p, nil
}

// recognise makes sure that it is this cloud that answers at the address: nobody else
// has a certificate of its authority.
func (p Place) recognise(ctx context.Context) error {
	certificate, err := os.ReadFile(p.CAFile())
	if err != nil {
		return err
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(certificate)
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted}}
	conn, err := dialer.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// serving is the note that a cloud leaves in its folder for other processes.
type serving struct {
	PID     int    `json:"pid"`
	Address string `json:"address,omitempty"` // host and port, once they are known
}

func servingFile(dir string) string { return filepath.Join(dir, "serving.json") }

func secretFile(dir string) string { return filepath.Join(dir, "secret") }

func readServing(dir string) (serving, error) {
	text, err := os.ReadFile(servingFile(dir))
	if err != nil {
		return serving{}, fmt.Errorf("read who serves the local cloud: %w", err)
	}
	var s serving
	if err := json.Unmarshal(text, &s); err != nil {
		return serving{}, fmt.Errorf("read who serves the local cloud: %s: %w", servingFile(dir), err)
	}
	return s, nil
}

// writeServing replaces the note as a whole: another process may be reading it.
func writeServing(dir, address string) error {
	text, err := json.Marshal(serving{PID: os.Getpid(), Address: address})
	if err != nil {
		return fmt.Errorf("say who serves the local cloud: %w", err)
	}
	fresh := servingFile(dir) + ".new"
	if err := os.WriteFile(fresh, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("say who serves the local cloud: %w", err)
	}
	if err := os.Rename(fresh, servingFile(dir)); err != nil {
		return fmt.Errorf("say who serves the local cloud: %w", err)
	}
	return nil
}

func removeServing(dir string) error {
	err := os.Remove(servingFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// localAddress is where processes of this machine reach a listener, also one that
// listens on all of its addresses.
func localAddress(listening net.Addr) string {
	host, port, err := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listening.String()
}
