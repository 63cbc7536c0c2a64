package logs_test

//lint:file-ignore SA1019 the registry provider makes the deprecated calls for tags, so they are answered

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/logs"
	"sendform/generator/localcloud/store"
)

const (
	account = "111122223333"
	region  = "eu-west-2"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// cloud is a small front door that lets one principal in and allows everything.
type cloud struct {
	*testing.T
	client  *sdk.Client
	service *logs.Service

	mu     sync.Mutex
	now    time.Time
	needed []api.Access // what the last call needed
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{T: t, now: noon}
	c.service = logs.New(db, func() time.Time {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.now
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &api.Request{Request: hr, ID: "id", Region: region, Principal: api.Principal{Kind: api.Root, Account: account}}
		operation, err := c.service.Route(r)
		if err == nil {
			c.mu.Lock()
			c.needed = operation.Access
			c.mu.Unlock()
			err = operation.Handle(w, r)
		}
		if known := (*api.Error)(nil); errors.As(err, &known) {
			c.service.WriteError(w, r, known)
		} else if err != nil {
			t.Errorf("%s: %v", hr.Header.Get("X-Amz-Target"), err)
		}
	}))
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c.client = sdk.New(sdk.Options{
		BaseEndpoint: &server.URL, Region: region, Retryer: aws.NopRetryer{}, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""),
	})
	return c
}

func (c *cloud) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func (c *cloud) group(name string, tags map[string]string) {
	c.Helper()
	_, err := c.client.CreateLogGroup(c.Context(), &sdk.CreateLogGroupInput{LogGroupName: &name, Tags: tags})
	c.must(err)
}

func (c *cloud) stream(group, name string) {
	c.Helper()
	_, err := c.client.CreateLogStream(c.Context(), &sdk.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &name})
	c.must(err)
}

func (c *cloud) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *cloud) describe(in *sdk.DescribeLogGroupsInput) []types.LogGroup {
	c.Helper()
	out, err := c.client.DescribeLogGroups(c.Context(), in)
	c.must(err)
	return out.LogGroups
}

func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var known smithy.APIError
	if !errors.As(err, &known) {
		t.Fatalf("got %v, want %s", err, code)
	}
	if known.ErrorCode() != code || !strings.Contains(known.ErrorMessage(), message) {
		t.Errorf("got %s: %s\nwant %s: %s", known.ErrorCode(), known.ErrorMessage(), code, message)
	}
}

func TestGroups(t *testing.T) {
	c := newCloud(t)
	c.group("/aws/lambda/user", map[string]string{"a": "b"})
	want := []api.Access{
		{Action: "logs:CreateLogGroup", Resource: "arn:aws:logs:eu-west-2:111122223333:log-group:/aws/lambda/user:log-stream:"},
		{Action: "logs:TagResource", Resource: "arn:aws:logs:eu-west-2:111122223333:log-group:/aws/lambda/user"},
	}
	if diff := cmp.Diff(want, c.needed); diff != "" {
		t.Error(diff)
	}
	_, err := c.client.PutRetentionPolicy(t.Context(), &sdk.PutRetentionPolicyInput{LogGroupName: aws.String("/aws/lambda/user"), RetentionInDays: aws.Int32(14)})
	c.must(err)
	c.must(c.service.Write(account, region, "/aws/lambda/user", "s", []logs.Event{{Time: noon, Message: "hello"}}))
	arn := "arn:aws:logs:eu-west-2:111122223333:log-group:/aws/lambda/user"
	wantGroup := types.LogGroup{
		LogGroupName: aws.String("/aws/lambda/user"), Arn: aws.String(arn + ":*"), LogGroupArn: &arn,
		CreationTime: aws.Int64(noon.UnixMilli()), RetentionInDays: aws.Int32(14), MetricFilterCount: aws.Int32(0),
		StoredBytes: aws.Int64(31), LogGroupClass: types.LogGroupClassStandard, DeletionProtectionEnabled: aws.Bool(false),
	}
	got := c.describe(&sdk.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/lambda/us")})
	if diff := cmp.Diff([]types.LogGroup{wantGroup}, got, cmpopts.IgnoreUnexported(types.LogGroup{})); diff != "" {
		t.Error(diff)
	}
	key := aws.String("arn:aws:kms:eu-west-2:111122223333:key/k")
	_, err = c.client.AssociateKmsKey(t.Context(), &sdk.AssociateKmsKeyInput{LogGroupName: aws.String("/aws/lambda/user"), KmsKeyId: key})
	c.must(err)
	if got := c.describe(&sdk.DescribeLogGroupsInput{}); aws.ToString(got[0].KmsKeyId) != *key {
		t.Errorf("key %q", aws.ToString(got[0].KmsKeyId))
	}
	_, err = c.client.DisassociateKmsKey(t.Context(), &sdk.DisassociateKmsKeyInput{LogGroupName: aws.String("/aws/lambda/user")})
	c.must(err)
	if got := c.describe(&sdk.DescribeLogGroupsInput{}); got[0].KmsKeyId != nil {
		t.Errorf("key %q", *got[0].KmsKeyId)
	}
	_, err = c.client.DeleteRetentionPolicy(t.Context(), &sdk.DeleteRetentionPolicyInput{LogGroupName: aws.String("/aws/lambda/user")})
	c.must(err)
	if got := c.describe(&sdk.DescribeLogGroupsInput{}); got[0].RetentionInDays != nil {
		t.Errorf("retention %d", *got[0].RetentionInDays)
	}
	_, err = c.client.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: aws.String("/aws/lambda/user")})
	c.must(err)
	if got := c.describe(&sdk.DescribeLogGroupsInput{}); len(got) != 0 {
		t.Errorf("groups %v after deletion", got)
	}
	// What was in it is gone with it.
	c.must(c.service.CreateGroup(account, region, "/aws/lambda/user"))
	c.must(c.service.CreateGroup(account, region, "/aws/lambda/user"))
	streams, err := c.client.DescribeLogStreams(t.Context(), &sdk.DescribeLogStreamsInput{LogGroupName: aws.String("/aws/lambda/user")})
	if err != nil || len(streams.LogStreams) != 0 {
		t.Errorf("streams %v, error %v", streams, err)
	}
}

func TestGroupsInPages(t *testing.T) {
	c := newCloud(t)
	var want []string
	for i := range 7 {
		want = append(want, fmt.Sprintf("/a/%d", i))
		c.group(want[i], nil)
	}
	c.group("/b", nil)
	var got []string
	pages := sdk.NewDescribeLogGroupsPaginator(c.client, &sdk.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/a/"), Limit: aws.Int32(3)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		c.must(err)
		for _, g := range page.LogGroups {
			got = append(got, *g.LogGroupName)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for pattern, want := range map[string]int{"a/3": 1, "A/3": 0} {
		if got := c.describe(&sdk.DescribeLogGroupsInput{LogGroupNamePattern: &pattern}); len(got) != want {
			t.Errorf("by pattern %s: %v", pattern, got)
		}
	}
	identifiers := []string{"/a/3", "arn:aws:logs:eu-west-2:111122223333:log-group:/b", "/c"}
	if got := c.describe(&sdk.DescribeLogGroupsInput{LogGroupIdentifiers: identifiers}); len(got) != 2 || *got[0].LogGroupName != "/a/3" || *got[1].LogGroupName != "/b" {
		t.Errorf("by identifier: %v", got)
	}
	_, err := c.client.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{LogGroupIdentifiers: identifiers, LogGroupNamePrefix: aws.String("/a")})
	wantError(t, err, "InvalidParameterException", "LogGroupIdentifiers")
}

func TestDeletionProtection(t *testing.T) {
	c := newCloud(t)
	_, err := c.client.CreateLogGroup(t.Context(), &sdk.CreateLogGroupInput{LogGroupName: aws.String("g"), DeletionProtectionEnabled: aws.Bool(true)})
	c.must(err)
	if got := c.describe(&sdk.DescribeLogGroupsInput{}); !*got[0].DeletionProtectionEnabled {
		t.Errorf("got %+v", got[0])
	}
	remove := func() error {
		_, err := c.client.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: aws.String("g")})
		return err
	}
	wantError(t, remove(), "ValidationException", "protected from deletion")
	_, err = c.client.PutLogGroupDeletionProtection(t.Context(), &sdk.PutLogGroupDeletionProtectionInput{
		LogGroupIdentifier: aws.String("g"), DeletionProtectionEnabled: aws.Bool(false),
	})
	c.must(err)
	c.must(remove())
}

func TestTags(t *testing.T) {
	c := newCloud(t)
	c.group("g", nil)
	arn := aws.String("arn:aws:logs:eu-west-2:111122223333:log-group:g")
	_, err := c.client.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "1", "b": "2"}})
	c.must(err)
	_, err = c.client.TagLogGroup(t.Context(), &sdk.TagLogGroupInput{LogGroupName: aws.String("g"), Tags: map[string]string{"c": "3"}})
	c.must(err)
	_, err = c.client.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}})
	c.must(err)
	old, err := c.client.ListTagsLogGroup(t.Context(), &sdk.ListTagsLogGroupInput{LogGroupName: aws.String("g")})
	c.must(err)
	_, err = c.client.UntagLogGroup(t.Context(), &sdk.UntagLogGroupInput{LogGroupName: aws.String("g"), Tags: []string{"b"}})
	c.must(err)
	tags, err := c.client.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceArn: arn})
	c.must(err)
	if diff := cmp.Diff([]map[string]string{{"b": "2", "c": "3"}, {"c": "3"}}, []map[string]string{old.Tags, tags.Tags}); diff != "" {
		t.Error(diff)
	}
	if len(c.needed) != 1 || c.needed[0].Resource != *arn {
		t.Errorf("needed %v", c.needed)
	}
}

func TestErrors(t *testing.T) {
	c := newCloud(t)
	c.group("g", nil)
	c.stream("g", "s")
	group, stream := aws.String("g"), aws.String("s")
	missing := aws.String("missing")
	ctx := t.Context()
	put := func(events ...types.InputLogEvent) error {
		_, err := c.client.PutLogEvents(ctx, &sdk.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: events})
		return err
	}
	event := func(at time.Time, message string) types.InputLogEvent {
		return types.InputLogEvent{Timestamp: aws.Int64(at.UnixMilli()), Message: &message}
	}
	tests := map[string]struct {
		call          func() error
		code, message string
	}{
		"group that is": {func() error {
			_, err := c.client.CreateLogGroup(ctx, &sdk.CreateLogGroupInput{LogGroupName: group})
			return err
		}, "ResourceAlreadyExistsException", "The specified log group already exists"},
		"group's name": {func() error {
			_, err := c.client.CreateLogGroup(ctx, &sdk.CreateLogGroupInput{LogGroupName: aws.String("a b")})
			return err
		}, "InvalidParameterException", "'logGroupName'"},
		"group's class": {func() error {
			_, err := c.client.CreateLogGroup(ctx, &sdk.CreateLogGroupInput{LogGroupName: missing, LogGroupClass: "CHEAP"})
			return err
		}, "InvalidParameterException", "'logGroupClass'"},
		"delete no group": {func() error {
			_, err := c.client.DeleteLogGroup(ctx, &sdk.DeleteLogGroupInput{LogGroupName: missing})
			return err
		}, "ResourceNotFoundException", "The specified log group does not exist."},
		"retention": {func() error {
			_, err := c.client.PutRetentionPolicy(ctx, &sdk.PutRetentionPolicyInput{LogGroupName: group, RetentionInDays: aws.Int32(2)})
			return err
		}, "InvalidParameterException", "[1, 3, 5, 7, 14,"},
		"key of no group": {func() error {
			_, err := c.client.AssociateKmsKey(ctx, &sdk.AssociateKmsKeyInput{LogGroupName: missing, KmsKeyId: aws.String("arn:aws:kms:eu-west-2:111122223333:key/k")})
			return err
		}, "ResourceNotFoundException", ""},
		"no key": {func() error {
			_, err := c.client.AssociateKmsKey(ctx, &sdk.AssociateKmsKeyInput{LogGroupName: group, KmsKeyId: aws.String("")})
			return err
		}, "InvalidParameterException", "'kmsKeyId'"},
		"retention of no group": {func() error {
			_, err := c.client.PutRetentionPolicy(ctx, &sdk.PutRetentionPolicyInput{LogGroupName: missing, RetentionInDays: aws.Int32(1)})
			return err
		}, "ResourceNotFoundException", ""},
		"tags": {func() error {
			_, err := c.client.TagLogGroup(ctx, &sdk.TagLogGroupInput{LogGroupName: group, Tags: map[string]string{"aws:a": "b"}})
			return err
		}, "InvalidParameterException", "aws:a"},
		"too many tags": {func() error {
			many := map[string]string{}
			for i := range 51 {
				many[fmt.Sprint(i)] = ""
			}
			_, err := c.client.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: aws.String("arn:aws:logs:eu-west-2:111122223333:log-group:g"), Tags: many})
			return err
		}, "TooManyTagsException", "50 tags"},
		"prefix and pattern": {func() error {
			_, err := c.client.DescribeLogGroups(ctx, &sdk.DescribeLogGroupsInput{LogGroupNamePrefix: group, LogGroupNamePattern: group})
			return err
		}, "InvalidParameterException", "mutually exclusive"},
		"streams and their prefix": {func() error {
			_, err := c.client.FilterLogEvents(ctx, &sdk.FilterLogEventsInput{LogGroupName: group, LogStreamNames: []string{"s"}, LogStreamNamePrefix: stream})
			return err
		}, "InvalidParameterException", "mutually exclusive"},
		"filter by JSON": {func() error {
			_, err := c.client.FilterLogEvents(ctx, &sdk.FilterLogEventsInput{LogGroupName: group, FilterPattern: aws.String(`{ $.level = "ERROR" }`)})
			return err
		}, "NotImplemented", "pattern of JSON"},
		"ARN": {func() error {
			_, err := c.client.ListTagsForResource(ctx, &sdk.ListTagsForResourceInput{ResourceArn: aws.String("arn:aws:logs:eu-west-2:111122223333:log-group:g:*")})
			return err
		}, "InvalidParameterException", "ARN"},
		"stream that is": {func() error {
			_, err := c.client.CreateLogStream(ctx, &sdk.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream})
			return err
		}, "ResourceAlreadyExistsException", "The specified log stream already exists"},
		"stream's name": {func() error {
			_, err := c.client.CreateLogStream(ctx, &sdk.CreateLogStreamInput{LogGroupName: group, LogStreamName: aws.String("a:b")})
			return err
		}, "InvalidParameterException", "'logStreamName'"},
		"stream of no group": {func() error {
			_, err := c.client.CreateLogStream(ctx, &sdk.CreateLogStreamInput{LogGroupName: missing, LogStreamName: stream})
			return err
		}, "ResourceNotFoundException", "log group"},
		"events of no stream": {func() error {
			_, err := c.client.GetLogEvents(ctx, &sdk.GetLogEventsInput{LogGroupName: group, LogStreamName: missing})
			return err
		}, "ResourceNotFoundException", "The specified log stream does not exist."},
		"token": {func() error {
			_, err := c.client.GetLogEvents(ctx, &sdk.GetLogEventsInput{LogGroupName: group, LogStreamName: stream, NextToken: aws.String("x")})
			return err
		}, "InvalidParameterException", "nextToken"},
		"limit": {func() error {
			_, err := c.client.DescribeLogGroups(ctx, &sdk.DescribeLogGroupsInput{Limit: aws.Int32(51)})
			return err
		}, "InvalidParameterException", "'limit'"},
		"order and prefix": {func() error {
			_, err := c.client.DescribeLogStreams(ctx, &sdk.DescribeLogStreamsInput{LogGroupName: group, OrderBy: types.OrderByLastEventTime, LogStreamNamePrefix: stream})
			return err
		}, "InvalidParameterException", "LastEventTime"},
		"no events":      {func() error { return put([]types.InputLogEvent{}...) }, "InvalidParameterException", "'logEvents'"},
		"empty event":    {func() error { return put(event(noon, "")) }, "InvalidParameterException", "must not be empty"},
		"order":          {func() error { return put(event(noon, "a"), event(noon.Add(-1e9), "b")) }, "InvalidParameterException", "chronological order"},
		"span":           {func() error { return put(event(noon.Add(-25*time.Hour), "a"), event(noon, "b")) }, "InvalidParameterException", "24 hours"},
		"size":           {func() error { return put(event(noon, strings.Repeat("x", 1<<20))) }, "InvalidParameterException", "Upload too large"},
		"call not there": {func() error { _, err := c.client.DescribeQueries(ctx, &sdk.DescribeQueriesInput{}); return err }, "NotImplemented", "Logs_20140328.DescribeQueries"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { wantError(t, test.call(), test.code, test.message) })
	}
	// A body that is no document is refused before anything is looked at.
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, *c.client.Options().BaseEndpoint, strings.NewReader("{"))
	c.must(err)
	r.Header.Set("X-Amz-Target", "Logs_20140328.CreateLogGroup")
	answer, err := c.client.Options().HTTPClient.Do(r)
	c.must(err)
	said, err := io.ReadAll(answer.Body)
	c.must(errors.Join(err, answer.Body.Close()))
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(string(said), `"__type":"SerializationException"`) {
		t.Errorf("got %s %s", answer.Status, said)
	}
	err = c.service.Write(account, region, "missing", "s", nil)
	var known *api.Error
	if !errors.As(err, &known) || known.Code != "ResourceNotFoundException" {
		t.Errorf("write into a group that is missing: %v", err)
	}
}

func TestStreamsInOrder(t *testing.T) {
	c := newCloud(t)
	c.group("g", nil)
	for i, name := range []string{"b", "c", "a"} {
		c.must(c.service.Write(account, region, "g", name, []logs.Event{{Time: noon.Add(time.Duration(i) * time.Second), Message: "x"}}))
	}
	list := func(in sdk.DescribeLogStreamsInput) string {
		t.Helper()
		in.LogGroupName = aws.String("g")
		names := ""
		pages := sdk.NewDescribeLogStreamsPaginator(c.client, &in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(context.Background())
			c.must(err)
			for _, s := range page.LogStreams {
				names += *s.LogStreamName
			}
		}
		return names
	}
	for want, in := range map[string]sdk.DescribeLogStreamsInput{
		"abc": {Limit: aws.Int32(1)},
		"cba": {Descending: aws.Bool(true)},
		"acb": {OrderBy: types.OrderByLastEventTime, Descending: aws.Bool(true), Limit: aws.Int32(2)},
		"c":   {LogStreamNamePrefix: aws.String("c")},
	} {
		if got := list(in); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestRegionsAndAccountsAreApart writes the same names elsewhere.
func TestRegionsAndAccountsAreApart(t *testing.T) {
	c := newCloud(t)
	c.group("g", nil)
	c.must(c.service.CreateGroup(account, "us-east-1", "g"))
	c.must(c.service.CreateGroup("444455556666", region, "g"))
	c.must(c.service.Write(account, "us-east-1", "g", "s", []logs.Event{{Time: noon, Message: "x"}}))
	_, err := c.client.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: aws.String("g")})
	c.must(err)
	c.must(c.service.Write(account, "us-east-1", "g", "s", []logs.Event{{Time: noon, Message: "y"}}))
	c.must(c.service.Write("444455556666", region, "g", "s", []logs.Event{{Time: noon, Message: "y"}}))
}
