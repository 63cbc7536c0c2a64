package logs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/store"
)

// Event is one line of a log.
type Event struct {
	Time    time.Time
	Message string
}

// event is an Event as it is stored; its key ends with the position, so that the
// rows of a stream are in order of time, then of arrival.
type event struct {
	Time     int64 // milliseconds since 1970
	Ingested int64
	Number   int64 // of its arrival in the stream, from 0
	Message  string
}

func (e event) position() string { return fmt.Sprintf("%015d.%012d", e.Time, e.Number) }

// The limits of PutLogEvents.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
const (
	maxBatchEvents = 10000
	maxBatchBytes  = 1 << 20
	eventOverhead  = 26 // bytes that each event counts besides its message
	maxEventAge    = 14 * 24 * time.Hour
	maxEventAhead  = 2 * time.Hour
	maxBatchSpan   = 24 * time.Hour
)

type inputEvent struct {
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
}

type putLogEventsInput struct {
	inStream
	Events []inputEvent `json:"logEvents"`
}

type rejectedEvents struct {
	TooNewStart *int `json:"tooNewLogEventStartIndex,omitempty"`
	TooOldEnd   *int `json:"tooOldLogEventEndIndex,omitempty"`
	ExpiredEnd  *int `json:"expiredLogEventEndIndex,omitempty"`
}

type putLogEventsOutput struct {
	NextSequenceToken string          `json:"nextSequenceToken"`
	Rejected          *rejectedEvents `json:"rejectedLogEventsInfo,omitempty"`
}

func (s *Service) putLogEvents(at scope, in putLogEventsInput) (putLogEventsOutput, error) {
	out := putLogEventsOutput{NextSequenceToken: sequenceToken}
	if err := checkBatch(in.Events); err != nil {
		return out, err
	}
	err := s.db.Update(func(tx store.Tx) error {
		row, err := s.findStream(tx, at, in.inStream)
		if err != nil {
			return err
		}
		owner, err := s.findGroup(tx, at, in.group())
		if err != nil {
			return err
		}
		var kept []inputEvent
		kept, out.Rejected = sift(in.Events, s.now(), owner.keepsFrom(s.now()))
		return s.add(tx, in.key(at), row, kept)
	})
	return out, err
}

func checkBatch(events []inputEvent) error {
	if len(events) == 0 || len(events) > maxBatchEvents {
		return invalidParameter(
			"1 validation error detected: Value at 'logEvents' failed to satisfy constraint: "+
				"Member must have length between 1 and %d", maxBatchEvents)
	}
	size := 0
	for i, e := range events {
		size += len(e.Message) + eventOverhead
		if e.Message == "" {
			return invalidParameter("Log event message must not be empty.")
		}
		if i > 0 && e.Timestamp < events[i-1].Timestamp {
			return invalidParameter("Log events in a single PutLogEvents request must be in chronological order.")
		}
	}
	if size > maxBatchBytes {
		return invalidParameter("Upload too large: %d bytes exceeds limit of %d", size, maxBatchBytes)
	}
	if events[len(events)-1].Timestamp-events[0].Timestamp > maxBatchSpan.Milliseconds() {
		return invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return nil
}

// sift drops the events that AWS does not take: too old, expired, or from the
// future. Events are in order, so each kind is at one end.
func sift(events []inputEvent, now time.Time, keepsFrom int64) ([]inputEvent, *rejectedEvents) {
	firstFrom := func(limit int64) int {
		n, _ := slices.BinarySearchFunc(events, limit, func(e inputEvent, limit int64) int {
			return cmp.Compare(e.Timestamp, limit)
		})
		return n
	}
	tooOld := firstFrom(now.Add(-maxEventAge).UnixMilli())
	expired := firstFrom(keepsFrom)
	tooNew := firstFrom(now.Add(maxEventAhead).UnixMilli() + 1)
	if tooOld == 0 && expired == 0 && tooNew == len(events) {
		return events, nil
	}
	rejected := &rejectedEvents{}
	if tooOld > 0 {
		rejected.TooOldEnd = &tooOld
	}
	if expired > 0 {
		rejected.ExpiredEnd = &expired
	}
	if tooNew < len(events) {
		rejected.TooNewStart = &tooNew
	}
	from := max(tooOld, expired)
	return events[from:max(from, tooNew)], rejected
}

// add appends events to a stream and brings its row up to date.
func (s *Service) add(tx store.Tx, key string, row stream, events []inputEvent) error {
	now := s.now().UnixMilli()
	for _, in := range events {
		e := event{Time: in.Timestamp, Ingested: now, Number: row.NextEvent, Message: in.Message}
		if err := s.events.Put(tx, store.Key(key, e.position()), e); err != nil {
			return err
		}
		if row.NextEvent == 0 || e.Time < row.First {
			row.First = e.Time
		}
		row.Last = max(row.Last, e.Time)
		row.Bytes += int64(len(e.Message) + eventOverhead)
		row.NextEvent++
	}
	row.Ingested = now
	return s.streams.Put(tx, key, row)
}

// Write appends events, in the order given, to a stream that it creates if it is
// missing. The error is the *api.Error that PutLogEvents would give, such as
// ResourceNotFoundException for a group that does not exist.
func (s *Service) Write(account, region, group, name string, events []Event) error {
	at := scope{account: account, region: region}
	in := inStream{named: named{LogGroupName: group}, LogStreamName: name}
	rows := make([]inputEvent, len(events))
	for i, e := range events {
		rows[i] = inputEvent{Timestamp: e.Time.UnixMilli(), Message: e.Message}
	}
	return s.db.Update(func(tx store.Tx) error {
		if _, err := s.findGroup(tx, at, group); err != nil {
			return err
		}
		row, found, err := s.streams.Get(tx, in.key(at))
		if err != nil {
			return err
		}
		if !found {
			row = stream{Name: name, Created: s.now().UnixMilli()}
		}
		return s.add(tx, in.key(at), row, rows)
	})
}

type getLogEventsInput struct {
	inStream
	StartTime     *int64 `json:"startTime"`
	EndTime       *int64 `json:"endTime"`
	Limit         *int   `json:"limit"`
	NextToken     string `json:"nextToken"`
	StartFromHead bool   `json:"startFromHead"`
}

type outputEvent struct {
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
}

type getLogEventsOutput struct {
	Events            []outputEvent `json:"events"`
	NextForwardToken  string        `json:"nextForwardToken"`
	NextBackwardToken string        `json:"nextBackwardToken"`
}

// getLogEvents gives a window of a stream. Its tokens are positions: "f/p" asks
// for what comes after p, "b/p" for what comes before. As on AWS there is always
// a token, and the end is reached when the same one comes back.
func (s *Service) getLogEvents(at scope, in getLogEventsInput) (getLogEventsOutput, error) {
	out := getLogEventsOutput{Events: []outputEvent{}}
	limit, err := pageSize(in.Limit, maxBatchEvents)
	if err != nil {
		return out, err
	}
	direction, mark, _ := strings.Cut(in.NextToken, "/")
	if in.NextToken != "" && (direction != "f" && direction != "b" || mark == "") {
		return out, invalidParameter("The specified nextToken is invalid.")
	}
	var window []event
	err = s.db.View(func(tx store.Tx) error {
		if _, err := s.findStream(tx, at, in.inStream); err != nil {
			return err
		}
		owner, err := s.findGroup(tx, at, in.group())
		if err != nil {
			return err
		}
		wanted := period(in.StartTime, in.EndTime, owner.keepsFrom(s.now()))
		return s.events.Scan(tx, store.Key(in.key(at), ""), "", func(_ string, e event) bool {
			after := direction != "f" || e.position() > mark
			before := direction != "b" || e.position() < mark
			if after && before && wanted(e) {
				window = append(window, e)
			}
			return true
		})
	})
	if err != nil {
		return out, err
	}
	if len(window) > limit {
		if fromHead := direction == "f" || direction == "" && in.StartFromHead; fromHead {
			window = window[:limit]
		} else {
			window = window[len(window)-limit:]
		}
	}
	first, last := mark, mark
	if len(window) > 0 {
		first, last = window[0].position(), window[len(window)-1].position()
	} else if mark == "" {
		first, last = event{}.position(), event{}.position()
	}
	out.NextBackwardToken, out.NextForwardToken = "b/"+first, "f/"+last
	for _, e := range window {
		out.Events = append(out.Events, outputEvent{Timestamp: e.Time, Message: e.Message, IngestionTime: e.Ingested})
	}
	return out, nil
}

// period tells whether an event lies in [start, end) and has not expired.
func period(start, end *int64, keepsFrom int64) func(event) bool {
	return func(e event) bool {
		return e.Time >= keepsFrom && (start == nil || e.Time >= *start) && (end == nil || e.Time < *end)
	}
}

type filterLogEventsInput struct {
	named
	StreamNames  []string `json:"logStreamNames"`
	StreamPrefix string   `json:"logStreamNamePrefix"`
	StartTime    *int64   `json:"startTime"`
	EndTime      *int64   `json:"endTime"`
	Pattern      string   `json:"filterPattern"`
	Limit        *int     `json:"limit"`
	NextToken    string   `json:"nextToken"`
}

type filteredEvent struct {
	EventID       string `json:"eventId"`
	LogStreamName string `json:"logStreamName"`
	outputEvent
}

type filterLogEventsOutput struct {
	Events    []filteredEvent `json:"events"`
	NextToken string          `json:"nextToken,omitempty"`
	// SearchedLogStreams is empty since June 2020.
	SearchedLogStreams []struct{} `json:"searchedLogStreams"`
}

// filterLogEvents gives the events of several streams, interleaved by time.
func (s *Service) filterLogEvents(at scope, in filterLogEventsInput) (filterLogEventsOutput, error) {
	out := filterLogEventsOutput{Events: []filteredEvent{}, SearchedLogStreams: []struct{}{}}
	limit, err := pageSize(in.Limit, maxBatchEvents)
	if err != nil {
		return out, err
	}
	after, err := readToken(in.NextToken)
	if err != nil {
		return out, err
	}
	if len(in.StreamNames) > 0 && in.StreamPrefix != "" {
		return out, invalidParameter("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
	}
	pattern, err := parseFilter(in.Pattern)
	if err != nil {
		return out, err
	}
	err = s.db.View(func(tx store.Tx) error {
		owner, err := s.findGroup(tx, at, in.group())
		if err != nil {
			return err
		}
		wanted := period(in.StartTime, in.EndTime, owner.keepsFrom(s.now()))
		inside := store.Key(at.account, at.region, in.group(), "")
		return s.events.Scan(tx, inside+in.StreamPrefix, "", func(key string, e event) bool {
			name, _, _ := strings.Cut(strings.TrimPrefix(key, inside), "\x00")
			if len(in.StreamNames) > 0 && !slices.Contains(in.StreamNames, name) ||
				!wanted(e) || !pattern.matches(e.Message) {
				return true
			}
			// The id orders events across streams, so it also serves as the token.
			id := store.Key(e.position(), name)
			if id > after {
				out.Events = append(out.Events, filteredEvent{
					EventID: id, LogStreamName: name,
					outputEvent: outputEvent{Timestamp: e.Time, Message: e.Message, IngestionTime: e.Ingested},
				})
			}
			return true
		})
	})
	if err != nil {
		return out, err
	}
	slices.SortFunc(out.Events, func(a, b filteredEvent) int { return cmp.Compare(a.EventID, b.EventID) })
	if len(out.Events) > limit {
		out.Events = out.Events[:limit]
		out.NextToken = writeToken(out.Events[limit-1].EventID)
	}
	for i := range out.Events {
		out.Events[i].EventID = writeToken(out.Events[i].EventID)
	}
	return out, nil
}
