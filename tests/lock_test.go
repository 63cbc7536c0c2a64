package tests

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/terraform"
)

// TestSomebodyElseHoldsTheLock puts the lock object there that another run's
// Terraform would, and expects to be told who has it and since when. The object
// stays: it is the other's.
func TestSomebodyElseHoldsTheLock(t *testing.T) {
	target := load(t, "dev")
	st, _ := stage(t, target)
	ctx := t.Context()
	if err := st.Build(ctx); err != nil {
		t.Fatal(err)
	}
	if err := st.CreateState(ctx); err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(st.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
	key := target.Key() + ".tfstate.tflock"
	lock := `{"ID":"8a1c1a9e-0000-4000-8000-000000000001","Operation":"OperationTypeApply","Info":"","Who":"ann@ci-7","Version":"1.11.4","Created":"2026-11-23T09:30:00Z","Path":"` + target.StateBucket + `/` + target.Key() + `.tfstate"}`
	if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &target.StateBucket, Key: &key, Body: strings.NewReader(lock)}); err != nil {
		t.Fatal(err)
	}
	_, err := st.Create(ctx)
	var held *terraform.LockError
	if !errors.As(err, &held) {
		t.Fatalf("got %v, want to hear of the lock", err)
	}
	if held.Who != "ann@ci-7" || !held.Created.Equal(time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)) {
		t.Errorf("got %v", held)
	}
	if _, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &target.StateBucket, Key: &key}); err != nil {
		t.Errorf("the other's lock is gone: %v", err)
	}
}
