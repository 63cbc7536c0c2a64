// Acceptance proves that a deployed SGraph Send works: it does one real
// transfer and looks into the buckets. It is for any
// deployment, local or on AWS, and learns where that is from its environment:
//
//	USER_URL          where User answers: its distribution, or its function URL
//	ADMIN_URL         URL of the function Admin
//	TRANSFERS_BUCKET  bucket of the transfers
//	ADMIN_BUCKET      bucket of Admin
//
// FAST_API__AUTH__API_KEY__NAME names the header of Admin's API key as it does
// for Admin, and may be missing as there. Region, credentials, endpoint, proxy
// and certificates come from the usual variables of the AWS SDK and of Go:
// AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
// AWS_ENDPOINT_URL, AWS_CA_BUNDLE, HTTPS_PROXY, SSL_CERT_FILE. The credentials
// need s3:GetObject and s3:ListBucket on the transfers bucket, s3:PutObject and
// s3:DeleteObject on api-keys/* in Admin's, and may call Admin's URL.
//
// On stdout it writes one JSON object per line and check:
//
//	{"check":"transfer: download equals upload",       what was tried
//	 "resource":"function.user",                       what answers for it
//	 "attribute":"GET /api/transfers/{id}/content",    where it was looked at
//	 "wanted":"…", "got":"…", "ok":true}
//
// A check that the others build upon ends the run when it fails. What the run
// has made is removed in any case. The exit code is 0 when every check is ok, 1
// when one is not, and 2, with a line on stderr, when a setting is missing. It
// ends within 60 seconds and prints neither keys nor tokens.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/examples/send/client"
	"sendform/examples/send/internal/admin"
	"sendform/examples/send/internal/objects"
	"sendform/examples/send/internal/signedcall"
)

// The checks and the removal of what they made have 60 seconds together.
const (
	checksTimeout  = 50 * time.Second
	cleanUpTimeout = 10 * time.Second
)

// The exit codes.
const (
	exitOK       = 0
	exitFailed   = 1
	exitSettings = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) int {
	wanted := []string{"USER_URL", "ADMIN_URL", "TRANSFERS_BUCKET", "ADMIN_BUCKET"}
	var missing []string
	for _, name := range wanted {
		if getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(stderr, "acceptance: not set: %s\n", strings.Join(missing, ", "))
		return exitSettings
	}
	cloud, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Fprintf(stderr, "acceptance: load AWS configuration: %v\n", err)
		return exitSettings
	}
	if cloud.Region == "" {
		fmt.Fprintln(stderr, "acceptance: not set: AWS_REGION")
		return exitSettings
	}
	storage := s3.NewFromConfig(cloud)
	deployed := deployment{
		http:      &http.Client{},
		operator:  &http.Client{Transport: signedcall.Transport{Base: http.DefaultTransport, AWS: cloud}},
		userURL:   getenv("USER_URL"),
		adminURL:  getenv("ADMIN_URL"),
		keyHeader: cmp.Or(getenv("FAST_API__AUTH__API_KEY__NAME"), admin.DefaultKeyHeader),
		transfers: objects.NewBucket(storage, getenv("TRANSFERS_BUCKET")),
		admin:     objects.NewBucket(storage, getenv("ADMIN_BUCKET")),
	}
	if deployed.accept(ctx, newReport(stdout)) {
		return exitOK
	}
	return exitFailed
}

// deployment is what is accepted.
type deployment struct {
	http              *http.Client
	operator          *http.Client // it signs its calls, for an Admin that is locked down
	userURL, adminURL string
	keyHeader         string
	transfers         reader
	admin             writer
}

// reader is how the acceptance looks into the transfers bucket.
type reader interface {
	Get(ctx context.Context, key string) ([]byte, error)
	List(ctx context.Context, prefix string) ([]string, error)
}

// writer is how the acceptance registers and removes its API key.
type writer interface {
	Put(ctx context.Context, key string, body []byte) error
	Delete(ctx context.Context, key string) error
}

func (d deployment) tokens(key string) client.Tokens {
	return client.Tokens{HTTP: d.operator, BaseURL: d.adminURL, KeyHeader: d.keyHeader, Key: key}
}

func (d deployment) transfersOf(token string) client.Transfers {
	return client.Transfers{HTTP: d.http, BaseURL: d.userURL, Token: token}
}
