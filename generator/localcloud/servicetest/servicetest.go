// Package servicetest is for the tests of AWS services of the local cloud that need
// no other service: a small front door that lets the root of one account in.
//
// It must not know any service. The programs do not import it.
package servicetest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// Account and Region are where calls act, and Caller is who makes them.
const (
	Account = "111122223333"
	Region  = "eu-west-2"
	Caller  = "arn:aws:iam::" + Account + ":root"
)

// Noon is when a door's clock starts.
var Noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// Door is a front door to one service, on a store of its own. It verifies no
// signature and allows everything.
type Door struct {
	testing.TB

	// Config is for the clients of AWS's SDK.
	Config aws.Config

	file    string
	service api.Service

	mu     sync.Mutex
	now    time.Time
	needed []api.Access
}

// Open opens a door to the service that start makes.
func Open(t testing.TB, start func(*store.Store, func() time.Time) (api.Service, error)) *Door {
	t.Helper()
	d := &Door{TB: t, file: filepath.Join(t.TempDir(), "db"), now: Noon}
	db, err := store.Open(d.file)
	d.Must(err)
	d.service, err = start(db, d.clock)
	d.Must(err)
	server := httptest.NewServer(d)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	d.Config = aws.Config{
		Region: Region, BaseEndpoint: &server.URL, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
	return d
}

// ServeHTTP implements [http.Handler].
func (d *Door) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := &api.Request{
		Request: hr, ID: "id", Region: Region,
		Principal: api.Principal{Kind: api.Root, Account: Account, ARN: Caller},
	}
	operation, err := d.service.Route(r)
	if err == nil {
		d.mu.Lock()
		d.needed = operation.Access
		d.mu.Unlock()
		err = operation.Handle(w, r)
	}
	if known := (*api.Error)(nil); errors.As(err, &known) {
		d.service.WriteError(w, r, known)
	} else if err != nil {
		d.Errorf("%s: %v", operation.Name, err)
	}
}

func (d *Door) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// Pass lets time go by.
func (d *Door) Pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// Needed is what the last call needed to be allowed.
func (d *Door) Needed() []api.Access {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.needed
}

// Must ends the test on an error.
func (d *Door) Must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// Stored is the store's file, byte by byte.
func (d *Door) Stored() string {
	d.Helper()
	data, err := os.ReadFile(d.file)
	d.Must(err)
	return string(data)
}

// WantError fails the test unless err is an answer of AWS with the code, whose message
// has the given part.
func WantError(t testing.TB, err error, code, message string) {
	t.Helper()
	var known smithy.APIError
	if !errors.As(err, &known) {
		t.Errorf("got %v, want %s", err, code)
	} else if known.ErrorCode() != code || !strings.Contains(known.ErrorMessage(), message) {
		t.Errorf("got %s: %s\nwant %s: %s", known.ErrorCode(), known.ErrorMessage(), code, message)
	}
}
