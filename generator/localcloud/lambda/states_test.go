package lambda

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// clock is a time that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestStates(t *testing.T) {
	c := newCloud(t)
	at := &clock{now: time.Now()}
	c.service.Now, c.service.Settle = at.read, time.Minute
	ctx, name := t.Context(), aws.String("probe")
	created := c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	if created.State != types.StatePending || created.StateReasonCode != types.StateReasonCodeCreating || *created.Version != "1" {
		t.Errorf("created as %s, %s", created.State, created.StateReasonCode)
	}
	change := func() error {
		_, err := c.client.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: name, Description: aws.String("new")})
		return err
	}
	for _, qualifier := range []string{"$LATEST", "1"} {
		_, err := c.client.Invoke(ctx, &sdk.InvokeInput{FunctionName: name, Qualifier: &qualifier})
		wantError(t, err, "ResourceConflictException", "The function is currently in the following state: Pending")
	}
	wantError(t, change(), "ResourceConflictException", "in the following state: Pending")
	at.advance(time.Minute)
	for _, qualifier := range []string{"$LATEST", "1"} {
		got, err := c.client.GetFunctionConfiguration(ctx, &sdk.GetFunctionConfigurationInput{FunctionName: name, Qualifier: &qualifier})
		if err != nil || got.State != types.StateActive || got.StateReason != nil || got.LastUpdateStatus != types.LastUpdateStatusSuccessful {
			t.Errorf("%s is %s, %s, error %v", qualifier, got.State, got.LastUpdateStatus, err)
		}
	}
	if err := change(); err != nil {
		t.Fatal(err)
	}
	wantError(t, change(), "ResourceConflictException", "An update is in progress for resource: "+probeARN)
	_, err := c.client.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: name, ZipFile: probeZip})
	wantError(t, err, "ResourceConflictException", "An update is in progress")
	_, err = c.client.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: name})
	wantError(t, err, "ResourceConflictException", "An update is in progress")
	got, err := c.client.GetFunction(ctx, &sdk.GetFunctionInput{FunctionName: name})
	if err != nil || got.Configuration.State != types.StateActive || got.Configuration.LastUpdateStatus != types.LastUpdateStatusInProgress {
		t.Errorf("during an update: %+v, error %v", got, err)
	}
	if got := string(c.invoke("probe", `{"do":"answer","answer":1}`).Payload); got != "1" {
		t.Errorf("during an update: %s", got)
	}
	at.advance(time.Minute)
	list, err := c.client.ListFunctions(ctx, &sdk.ListFunctionsInput{})
	if err != nil || list.Functions[0].LastUpdateStatus != types.LastUpdateStatusSuccessful {
		t.Errorf("after an update: %+v, error %v", list, err)
	}
	published, err := c.client.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: name})
	if err != nil || *published.Version != "2" || published.State != types.StateActive {
		t.Errorf("published %+v, error %v", published, err)
	}
}
