// The function Admin of SGraph Send: it only wires, the API is in internal/admin.
package main

import (
	"cmp"
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

	"sendform/examples/send/internal/admin"
	"sendform/examples/send/internal/functionurl"
	"sendform/examples/send/internal/objects"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	handler, err := newHandler(context.Background(), logger)
	if err != nil {
		logger.Error("Admin cannot start", "error", err)
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
	return admin.Handler(bucket, settings.keyHeader, time.Now, logger), nil
}

type settings struct {
	bucket    string
	keyHeader string
}

func readSettings(getenv func(string) string) (settings, error) {
	read := settings{
		bucket:    getenv("ADMIN__S3_BUCKET"),
		keyHeader: cmp.Or(getenv("FAST_API__AUTH__API_KEY__NAME"), admin.DefaultKeyHeader),
	}
	if read.bucket == "" {
		return settings{}, errors.New("ADMIN__S3_BUCKET is not set: it names the bucket of tokens and API keys")
	}
	return read, nil
}
