// The function User of SGraph Send: it only wires, the API is in internal/user.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/examples/send/client"
	"sendform/examples/send/internal/functionurl"
	"sendform/examples/send/internal/objects"
	"sendform/examples/send/internal/signedcall"
	"sendform/examples/send/internal/user"
)

// adminTimeout bounds a call of Admin, its cold start included.
const adminTimeout = 10 * time.Second

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	handler, err := newHandler(context.Background(), logger)
	if err != nil {
		logger.Error("User cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(functionurl.Adapt(handler))
}

func newHandler(ctx context.Context, logger *slog.Logger) (http.Handler, error) {
	settings, err := readSettings(os.Getenv)
	if err != nil {
		return nil, err
	}
	cloud, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load AWS configuration: %w", err)
	}
	bucket := objects.NewBucket(s3.NewFromConfig(cloud), settings.bucket)
	admin := &http.Client{Timeout: adminTimeout, Transport: signedcall.Transport{Base: http.DefaultTransport, AWS: cloud}}
	tokens := client.Tokens{HTTP: admin, BaseURL: settings.adminURL}
	return user.Handler(bucket, tokens, time.Now, logger), nil
}

type settings struct {
	bucket   string
	adminURL string
}

// readSettings reports everything that is wrong at once.
func readSettings(getenv func(string) string) (settings, error) {
	var problems []error
	if mode := getenv("SEND__STORAGE_MODE"); mode != "s3" {
		problems = append(problems, fmt.Errorf("SEND__STORAGE_MODE is %q, the only mode is %q", mode, "s3"))
	}
	read := settings{bucket: getenv("SEND__S3_BUCKET"), adminURL: getenv("SGRAPH_SEND__ADMIN__BASE_URL")}
	if read.bucket == "" {
		problems = append(problems, errors.New("SEND__S3_BUCKET is not set: it names the bucket of the transfers"))
	}
	if read.adminURL == "" {
		problems = append(problems, errors.New("SGRAPH_SEND__ADMIN__BASE_URL is not set: it is the URL of the function Admin"))
	}
	return read, errors.Join(problems...)
}
