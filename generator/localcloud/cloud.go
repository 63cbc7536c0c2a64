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
	"sync/atomic"
	"syscall"
	"time"

	"sendform/generator/localcloud/fault"
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
	// Faults are the rules by which calls fail; the zero value is none.
	Faults fault.Rules
	// Journal has every call written to calls.jsonl in Dir, as a line of JSON that is a
	// [Call]. Lines of earlier clouds stay.
	Journal bool
}

// Cloud is a running cloud.
type Cloud struct {
	Place

	logger    *slog.Logger
	db        *store.Store
	authority *authority
	door      *frontDoor
	origins   *origins
	services  *services
	recorder  *recorder
	faults    atomic.Pointer[faults]
	listener  *splitListener
	server    *http.Server
	client    *http.Client
	served    chan struct{} // closed when the server has ended
}

// silence is how long a connection may be without a request. It counts for the first
// one too, with the TLS handshake before it: of many calls at once some are sent on
// connections that others have given back, and the connections made for them wait. One
// that the cloud ends just when it is used fails a call.
const silence = 2 * time.Minute

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
		return nil, fmt.Errorf("make the folder of the local cloud: %w; choose another one", err)
	}
	c := &Cloud{Place: Place{dir: o.Dir}, logger: o.Logger, served: make(chan struct{})}
	c.SetFaults(o.Faults)
	if c.db, err = openStore(o.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeServing(o.Dir), c.db.Close())
		}
	}()
	if c.recorder, err = openRecorder(o); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.recorder.close())
		}
	}()
	secret, err := loadSecret(secretFile(o.Dir))
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
	c.address = localAddress(raw.Addr())
	c.door = &frontDoor{cloud: c, now: o.Now}
	c.origins = &origins{door: c.door}
	if c.services, err = c.wire(o, secret); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	c.listener = newSplitListener(raw, c.authority.config())
	c.client = c.newClient()
	c.server = &http.Server{
		Handler:           c.door,
		ReadHeaderTimeout: silence,
		IdleTimeout:       silence,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	// What functions had begun goes on; what they ask the cloud for waits until it serves.
	if err := c.services.lambda.Resume(); err != nil {
		return nil, errors.Join(fmt.Errorf("resume Lambda: %w", err), c.services.lambda.Close(), raw.Close())
	}
	if err := writeServing(o.Dir, c.address); err != nil {
		return nil, errors.Join(err, c.services.lambda.Close(), raw.Close())
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
	// A shutdown waits for connections on which no request has come yet.
	c.client.CloseIdleConnections()
	errServer := c.server.Shutdown(ctx)
	if errServer != nil {
		errServer = c.server.Close()
	}
	c.listener.closeAll()
	<-c.served
	c.origins.close()
	return errors.Join(errFunctions, errServer, c.recorder.close(), removeServing(c.dir), c.db.Close())
}

// openStore opens the folder's store and leaves word of who has it.
func openStore(dir string) (*store.Store, error) {
	db, err := store.Open(filepath.Join(dir, "store.db"))
	if errors.Is(err, store.ErrInUse) {
		holder := "another process"
		if said, readErr := readServing(dir); readErr == nil {
			holder = fmt.Sprintf("process %d", said.PID)
		}
		return nil, fmt.Errorf("the local cloud in %s is served by %s: end that, or use another folder", dir, holder)
	}
	if err != nil {
		return nil, err
	}
	if err := writeServing(dir, ""); err != nil {
		return nil, errors.Join(err, db.Close())
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
	if !o.AllowRemote && !IsLoopback(host) {
		return nil, fmt.Errorf("listen on %q: the local cloud is for this machine alone; use 127.0.0.1", address)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: %w; another program may have the port, choose another one", address, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// IsLoopback tells whether a host of an address is this machine alone.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
