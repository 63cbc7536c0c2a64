package lambda

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"sendform/generator/localcloud/store"
)

// waiting are the asynchronous events that the cloud keeps.
func (c *cloud) waiting() (events []event) {
	c.Helper()
	err := c.database.View(func(tx store.Tx) error {
		return c.service.events.Scan(tx, "", "", func(_ string, ev event) bool {
			events = append(events, ev)
			return true
		})
	})
	if err != nil {
		c.Fatal(err)
	}
	return events
}

// drained waits until no event is kept any more.
func (c *cloud) drained() {
	c.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(c.waiting()) > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			c.Fatalf("events wait: %+v", c.waiting())
		}
	}
}

func (c *cloud) send(name, event string) {
	c.Helper()
	_, err := c.client.Invoke(c.Context(), &sdk.InvokeInput{
		FunctionName: &name, Payload: []byte(event), InvocationType: types.InvocationTypeEvent,
	})
	if err != nil {
		c.Fatal(err)
	}
}

// TestEventsOutliveTheCloud takes an event that cannot be delivered, closes the cloud
// and has the next one deliver it.
func TestEventsOutliveTheCloud(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	reserve := func(n int32) {
		t.Helper()
		if _, err := c.client.PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{
			FunctionName: aws.String("probe"), ReservedConcurrentExecutions: &n,
		}); err != nil {
			t.Fatal(err)
		}
	}
	reserve(0)
	dir := t.TempDir()
	c.send("probe", `{"do":"meet","text":"`+dir+`","count":1}`)
	reserve(1)
	if err := c.service.Close(); err != nil {
		t.Fatal(err)
	}
	kept := c.waiting()
	if len(kept) != 1 || kept[0].Failures != 0 {
		t.Fatalf("kept %+v", kept)
	}
	c.service = c.open(c.service.Logs)
	if err := c.service.Resume(); err != nil {
		t.Fatal(err)
	}
	c.drained()
	if delivered, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(delivered) != 1 {
		t.Errorf("delivered %v, error %v", delivered, err)
	}
}

// TestEventsGrowOld has an event be too old before it can be delivered.
func TestEventsGrowOld(t *testing.T) {
	c := newCloud(t)
	at := &clock{now: time.Now()}
	c.service.Now = at.read
	c.deploy("probe")
	if _, err := c.client.PutFunctionEventInvokeConfig(t.Context(), &sdk.PutFunctionEventInvokeConfigInput{
		FunctionName: aws.String("probe"), MaximumEventAgeInSeconds: aws.Int32(60),
	}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	old := event{
		ID: newID(), Account: account, Region: region, Function: "probe", Payload: []byte(`{"do":"meet","text":"` + dir + `","count":1}`),
		Taken: at.read().Add(-61 * time.Second),
	}
	if err := c.database.Update(func(tx store.Tx) error { return c.service.events.Put(tx, old.ID, old) }); err != nil {
		t.Fatal(err)
	}
	if err := c.service.Resume(); err != nil {
		t.Fatal(err)
	}
	c.drained()
	if delivered, err := os.ReadDir(dir); err != nil || len(delivered) != 0 {
		t.Errorf("delivered %v, error %v", delivered, err)
	}
}

func TestEventInvokeConfig(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	ctx, name := t.Context(), aws.String("probe")
	get := func() (*sdk.GetFunctionEventInvokeConfigOutput, error) {
		return c.client.GetFunctionEventInvokeConfig(ctx, &sdk.GetFunctionEventInvokeConfigInput{FunctionName: name})
	}
	_, err := get()
	wantError(t, err, "ResourceNotFoundException", "The function "+probeARN+":$LATEST doesn't have an EventInvokeConfig")
	_, err = c.client.UpdateFunctionEventInvokeConfig(ctx, &sdk.UpdateFunctionEventInvokeConfigInput{FunctionName: name, MaximumRetryAttempts: aws.Int32(1)})
	wantError(t, err, "ResourceNotFoundException", "EventInvokeConfig")
	before := time.Now().Add(-time.Second)
	if _, err := c.client.PutFunctionEventInvokeConfig(ctx, &sdk.PutFunctionEventInvokeConfigInput{FunctionName: name, MaximumEventAgeInSeconds: aws.Int32(60)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.client.UpdateFunctionEventInvokeConfig(ctx, &sdk.UpdateFunctionEventInvokeConfigInput{FunctionName: name, MaximumRetryAttempts: aws.Int32(0)}); err != nil {
		t.Fatal(err)
	}
	got, err := get()
	if err != nil || *got.MaximumRetryAttempts != 0 || *got.MaximumEventAgeInSeconds != 60 || *got.FunctionArn != probeARN+":$LATEST" || got.LastModified.Before(before) {
		t.Errorf("got %+v, error %v", got, err)
	}
	// An event that fails is not tried again.
	c.group("/aws/lambda/probe")
	c.send("probe", `{"do":"fail","text":"once"}`)
	c.drained()
	if got := len(slices.DeleteFunc(c.messages("/aws/lambda/probe"), func(line string) bool { return !strings.HasPrefix(line, "REPORT") })); got != 1 {
		t.Errorf("tried %d times", got)
	}
	list, err := c.client.ListFunctionEventInvokeConfigs(ctx, &sdk.ListFunctionEventInvokeConfigsInput{FunctionName: name})
	if err != nil || len(list.FunctionEventInvokeConfigs) != 1 {
		t.Errorf("list %+v, error %v", list, err)
	}
	wrong := map[string]struct {
		in            sdk.PutFunctionEventInvokeConfigInput
		code, message string
	}{
		"retries": {sdk.PutFunctionEventInvokeConfigInput{MaximumRetryAttempts: aws.Int32(3)}, "ValidationException", "'maximumRetryAttempts'"},
		"age":     {sdk.PutFunctionEventInvokeConfigInput{MaximumEventAgeInSeconds: aws.Int32(59)}, "ValidationException", "'maximumEventAgeInSeconds'"},
		"version": {sdk.PutFunctionEventInvokeConfigInput{Qualifier: aws.String("7")}, "ResourceNotFoundException", "Function not found"},
		"destination": {sdk.PutFunctionEventInvokeConfigInput{DestinationConfig: &types.DestinationConfig{
			OnFailure: &types.OnFailure{Destination: aws.String("arn:aws:sqs:eu-west-2:111122223333:failed")},
		}}, "NotImplemented", "destination"},
	}
	for what, test := range wrong {
		test.in.FunctionName = name
		_, err := c.client.PutFunctionEventInvokeConfig(ctx, &test.in)
		t.Run(what, func(t *testing.T) { wantError(t, err, test.code, test.message) })
	}
	if _, err := c.client.DeleteFunctionEventInvokeConfig(ctx, &sdk.DeleteFunctionEventInvokeConfigInput{FunctionName: name}); err != nil {
		t.Fatal(err)
	}
	_, err = get()
	wantError(t, err, "ResourceNotFoundException", "EventInvokeConfig")
}
