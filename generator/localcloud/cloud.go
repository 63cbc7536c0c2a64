// Package localcloud is an AWS endpoint inside this process: one loopback port that
// answers the calls of its AWS services as AWS does, runs the functions that are
// deployed to it, and serves their URLs and CloudFront's distributions under their real
// host names.
//
// It must not know environments, components or Terraform: it speaks AWS. It never
// dials an address outside of itself.
package localcloud

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/store"
)

// Options sets a cloud up.
type Options struct {
	// Dir is the folder of everything that the cloud keeps. It is made when missing.
	Dir string
	// Listen is a loopback address; empty means any free port of 127.0.0.1.
	Listen string
	// AllowRemote lets Listen be an address that other machines can reach.
	AllowRemote bool
	// Now is the clock; nil means the machine's.
	Now func() time.Time
	// Logger hears of what goes wrong inside; nil keeps it quiet.
	Logger *slog.Logger
}

// Cloud is a running cloud.
type Cloud struct {
	dir       string
	address   string
	logger    *slog.Logger
	db        *store.Store
	minter    *identity.Minter
	authority *authority
	door      *frontDoor
	origins   *origins
	services  *services
	recorder  *recorder
	listener  *splitListener
	server    *http.Server
	client    *http.Client
	served    chan struct{} // closed when the server has ended
}

// shutdownGrace is how long running requests may go on after Close.
const shutdownGrace = 2 * time.Second

// Open starts a cloud on a folder. What an earlier cloud kept there is there
// again. The cloud runs until it is closed; ctx is for starting only.
func Open(ctx context.Context, o Options) (cloud *Cloud, err error) {
	if o.Dir == "" {
		return nil, errors.New("the local cloud needs a folder to keep its things in")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the local cloud: %w", err)
	}
	c := &Cloud{dir: o.Dir, logger: o.Logger, recorder: &recorder{}, served: make(chan struct{})}
	if c.db, err = openStore(o.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.db.Close())
		}
	}()
	secret, err := loadSecret(filepath.Join(o.Dir, "secret"))
	if err != nil {
		return nil, err
	}
	c.minter = identity.NewMinter(secret, o.Now)
	if c.authority, err = openAuthority(o.Dir, o.Now); err != nil {
		return nil, err
	}
	raw, err := listen(ctx, o)
	if err != nil {
		return nil, err
	}
	c.address = raw.Addr().String()
	c.door = &frontDoor{cloud: c, now: o.Now}
	c.origins = &origins{door: c.door}
	if c.services, err = c.wire(o, secret); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	c.listener = newSplitListener(raw, c.authority.config())
	c.client = c.newClient()
	c.server = &http.Server{
		Handler:           c.door,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	// What functions had begun goes on; what they ask the cloud for waits until it serves.
	if err := c.services.lambda.Resume(); err != nil {
		return nil, errors.Join(fmt.Errorf("resume Lambda: %w", err), c.services.lambda.Close(), raw.Close())
	}
	go func() {
		defer close(c.served)
		if err := c.server.Serve(c.listener); !errors.Is(err, http.ErrServerClosed) {
			c.logger.Error("the local cloud stopped serving", "error", err)
		}
	}()
	return c, nil
}

// Close ends every function and every connection, and returns when they are gone.
func (c *Cloud) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	// Functions end first: a request may be waiting for one.
	errFunctions := c.services.lambda.Close()
	errServer := c.server.Shutdown(ctx)
	if errServer != nil {
		errServer = c.server.Close()
	}
	c.listener.closeAll()
	<-c.served
	c.origins.close()
	c.client.CloseIdleConnections()
	errPID := os.Remove(pidFile(c.dir))
	if errors.Is(errPID, fs.ErrNotExist) {
		errPID = nil
	}
	return errors.Join(errFunctions, errServer, errPID, c.db.Close())
}

// URL is the address of the endpoint, for AWS_ENDPOINT_URL.
func (c *Cloud) URL() string { return "https://" + c.address }

// CAFile is the certificate that clients must trust, in PEM.
func (c *Cloud) CAFile() string { return filepath.Join(c.dir, caCertificate) }

// RootCredentials are those of an account's root user, which may do everything in
// it. The account, twelve digits, needs no other set-up.
func (c *Cloud) RootCredentials(account string) identity.Credentials { return c.minter.Root(account) }

// Environ is what a client process needs to work in the cloud as the root user of
// an account, as NAME=value.
func (c *Cloud) Environ(account, region string) []string {
	root := c.RootCredentials(account)
	return append([]string{
		"AWS_ACCESS_KEY_ID=" + root.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + root.SecretAccessKey,
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_EC2_METADATA_DISABLED=true",
	}, c.reach()...)
}

// reach is what lets a process find and trust the cloud. The proxy leads function
// URLs, whose host names are AWS's, to the cloud.
func (c *Cloud) reach() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + c.URL(),
		"AWS_CA_BUNDLE=" + c.CAFile(),
		"SSL_CERT_FILE=" + c.CAFile(),
		"HTTPS_PROXY=http://" + c.address,
		"NO_PROXY=127.0.0.1,localhost",
	}
}

func pidFile(dir string) string { return filepath.Join(dir, "pid") }

// openStore opens the folder's store and leaves word of who has it.
func openStore(dir string) (*store.Store, error) {
	db, err := store.Open(filepath.Join(dir, "store.db"))
	if errors.Is(err, store.ErrInUse) {
		holder := "another process"
		if pid, readErr := os.ReadFile(pidFile(dir)); readErr == nil {
			holder = "process " + strings.TrimSpace(string(pid))
		}
		return nil, fmt.Errorf("the local cloud in %s is served by %s: end that, or use another folder", dir, holder)
	}
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(pidFile(dir), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("say who serves the local cloud: %w", err), db.Close())
	}
	return db, nil
}

// loadSecret reads the secret that all credentials and keys are derived from, or
// makes it.
func loadSecret(file string) ([]byte, error) {
	secret, err := os.ReadFile(file)
	if err == nil {
		return secret, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the cloud's secret: %w", err)
	}
	secret = make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make the cloud's secret: %w", err)
	}
	if err := os.WriteFile(file, secret, 0o600); err != nil {
		return nil, fmt.Errorf("keep the cloud's secret: %w", err)
	}
	return secret, nil
}

// listen opens the port, on loopback unless something else was asked for.
func listen(ctx context.Context, o Options) (net.Listener, error) {
	address := o.Listen
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w; write HOST:PORT, for example 127.0.0.1:4566", address, err)
	}
	if !o.AllowRemote && !isLoopback(host) {
		return nil, fmt.Errorf("listen on %q: the local cloud is for this machine alone; use 127.0.0.1", address)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; another program may have the port, choose another one", address, err)
	}
	return l, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
