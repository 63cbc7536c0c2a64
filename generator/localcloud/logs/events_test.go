package logs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"sendform/generator/localcloud/logs"
)

func (c *cloud) get(in *sdk.GetLogEventsInput) (messages string, out *sdk.GetLogEventsOutput) {
	c.Helper()
	in.LogGroupName, in.LogStreamName = aws.String("g"), aws.String("s")
	out, err := c.client.GetLogEvents(c.Context(), in)
	c.must(err)
	for _, e := range out.Events {
		messages += *e.Message
	}
	return messages, out
}

func TestEvents(t *testing.T) {
	c := newCloud(t)
	c.group("g", nil)
	var events []logs.Event
	for i, letter := range "abcdefg" {
		// In pairs of the same time: then order of arrival counts.
		events = append(events, logs.Event{Time: noon.Add(time.Duration(i/2) * time.Second), Message: string(letter)})
	}
	c.must(c.service.Write(account, region, "g", "s", events[3:]))
	c.must(c.service.Write(account, region, "g", "s", events[:3]))
	all, _ := c.get(&sdk.GetLogEventsInput{})
	if all != "abdcefg" { // c came after d at the same time
		t.Errorf("all: %s", all)
	}
	if got, _ := c.get(&sdk.GetLogEventsInput{StartTime: aws.Int64(noon.Add(time.Second).UnixMilli()), EndTime: aws.Int64(noon.Add(3 * time.Second).UnixMilli())}); got != "dcef" {
		t.Errorf("window: %s", got)
	}
	// Forward from the head, and backward from the tail, page by page.
	walk := func(fromHead bool) string {
		var pages []string
		in := &sdk.GetLogEventsInput{Limit: aws.Int32(3), StartFromHead: &fromHead}
		for {
			got, out := c.get(in)
			next := out.NextBackwardToken
			if fromHead {
				next = out.NextForwardToken
			}
			if in.NextToken != nil && *next == *in.NextToken {
				return strings.Join(pages, " ")
			}
			pages = append(pages, got)
			in.NextToken = next
		}
	}
	if got := walk(true); got != "abd cef g" {
		t.Errorf("forward: %s", got)
	}
	if got := walk(false); got != "efg bdc a" {
		t.Errorf("backward: %s", got)
	}
	streams, err := c.client.DescribeLogStreams(t.Context(), &sdk.DescribeLogStreamsInput{LogGroupName: aws.String("g")})
	c.must(err)
	if s := streams.LogStreams[0]; *s.FirstEventTimestamp != noon.UnixMilli() || *s.LastEventTimestamp != noon.Add(3*time.Second).UnixMilli() || *s.LastIngestionTime != noon.UnixMilli() {
		t.Errorf("stream %+v", s)
	}
	// After a day's retention they are not seen any more.
	_, err = c.client.PutRetentionPolicy(t.Context(), &sdk.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(1)})
	c.must(err)
	c.set(noon.Add(24*time.Hour + 2*time.Second))
	if got, _ := c.get(&sdk.GetLogEventsInput{}); got != "efg" {
		t.Errorf("after the retention: %s", got)
	}
	_, err = c.client.DeleteLogStream(t.Context(), &sdk.DeleteLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")})
	c.must(err)
	c.stream("g", "s")
	if got, _ := c.get(&sdk.GetLogEventsInput{}); got != "" {
		t.Errorf("after deletion: %s", got)
	}
}

func TestPutLogEventsRejects(t *testing.T) {
	c := newCloud(t)
	c.group("g", nil)
	c.stream("g", "s")
	put := func(offsets ...time.Duration) *types.RejectedLogEventsInfo {
		t.Helper()
		in := &sdk.PutLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")}
		for _, offset := range offsets {
			in.LogEvents = append(in.LogEvents, types.InputLogEvent{Timestamp: aws.Int64(noon.Add(offset).UnixMilli()), Message: aws.String("x")})
		}
		out, err := c.client.PutLogEvents(t.Context(), in)
		c.must(err)
		return out.RejectedLogEventsInfo
	}
	if got := put(-time.Hour, 0, time.Hour); got != nil {
		t.Errorf("rejected %+v", got)
	}
	if got := put(0, 3*time.Hour); got == nil || *got.TooNewLogEventStartIndex != 1 {
		t.Errorf("rejected %+v", got)
	}
	old := -14*24*time.Hour - time.Hour
	if got := put(old, old+2*time.Hour); got == nil || *got.TooOldLogEventEndIndex != 1 {
		t.Errorf("rejected %+v", got)
	}
	_, err := c.client.PutRetentionPolicy(t.Context(), &sdk.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(1)})
	c.must(err)
	if got := put(-25*time.Hour, -23*time.Hour); got == nil || *got.ExpiredLogEventEndIndex != 1 {
		t.Errorf("rejected %+v", got)
	}
}

func TestFilterLogEvents(t *testing.T) {
	c := newCloud(t)
	c.group("g", nil)
	c.group("g2", nil)
	for i, message := range []string{"one ERROR", "two", "three ERROR", "four ERROR", "five"} {
		stream := fmt.Sprintf("s%d", i%2)
		c.must(c.service.Write(account, region, "g", stream, []logs.Event{{Time: noon.Add(time.Duration(i) * time.Second), Message: message}}))
	}
	c.must(c.service.Write(account, region, "g2", "s0", []logs.Event{{Time: noon, Message: "elsewhere ERROR"}}))
	tests := map[string]struct {
		in   sdk.FilterLogEventsInput
		want string
	}{
		"all":     {sdk.FilterLogEventsInput{}, "one ERROR,two,three ERROR,four ERROR,five"},
		"pattern": {sdk.FilterLogEventsInput{FilterPattern: aws.String("ERROR")}, "one ERROR,three ERROR,four ERROR"},
		"quoted":  {sdk.FilterLogEventsInput{FilterPattern: aws.String(`"e ERROR"`)}, "one ERROR,three ERROR"},
		"both":    {sdk.FilterLogEventsInput{FilterPattern: aws.String("ERROR four")}, "four ERROR"},
		"either":  {sdk.FilterLogEventsInput{FilterPattern: aws.String(`?two ?"five"`)}, "two,five"},
		"without": {sdk.FilterLogEventsInput{FilterPattern: aws.String("ERROR -three")}, "one ERROR,four ERROR"},
		"stream":  {sdk.FilterLogEventsInput{LogStreamNames: []string{"s1"}}, "two,four ERROR"},
		"prefix":  {sdk.FilterLogEventsInput{LogStreamNamePrefix: aws.String("s0")}, "one ERROR,three ERROR,five"},
		"window":  {sdk.FilterLogEventsInput{StartTime: aws.Int64(noon.Add(time.Second).UnixMilli()), EndTime: aws.Int64(noon.Add(3 * time.Second).UnixMilli())}, "two,three ERROR"},
		"pages":   {sdk.FilterLogEventsInput{Limit: aws.Int32(2)}, "one ERROR,two,three ERROR,four ERROR,five"},
		"by ARN":  {sdk.FilterLogEventsInput{LogGroupIdentifier: aws.String("arn:aws:logs:eu-west-2:111122223333:log-group:g:*")}, "one ERROR,two,three ERROR,four ERROR,five"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.in.LogGroupIdentifier == nil {
				test.in.LogGroupName = aws.String("g")
			}
			var got []string
			pages := sdk.NewFilterLogEventsPaginator(c.client, &test.in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				c.must(err)
				for _, e := range page.Events {
					got = append(got, *e.Message)
				}
			}
			if strings.Join(got, ",") != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
	_, err := c.client.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: aws.String("g"), FilterPattern: aws.String(`{ $.level = "ERROR" }`)})
	wantError(t, err, "NotImplemented", "pattern of JSON")
}
