package logs

import (
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// stream is a log stream as it is stored. Times are milliseconds since 1970,
// zero while the stream is empty.
type stream struct {
	Name      string
	Created   int64
	First     int64 `json:",omitempty"` // earliest event
	Last      int64 `json:",omitempty"` // latest event
	Ingested  int64 `json:",omitempty"` // when the last batch came
	Bytes     int64 `json:",omitempty"`
	NextEvent int64 `json:",omitempty"` // number that the next event gets
}

// streamName is what CreateLogStream takes: no colon, no asterisk.
var streamName = regexp.MustCompile(`^[^:*]{1,512}$`)

// inStream is the part of an input that names a stream.
type inStream struct {
	named
	LogStreamName string `json:"logStreamName"`
}

func (in inStream) access(action string, at scope) []api.Access {
	return []api.Access{{Action: action, Resource: at.streamARN(in.group(), in.LogStreamName)}}
}

func (in inStream) key(at scope) string {
	return store.Key(at.account, at.region, in.group(), in.LogStreamName)
}

type createLogStreamInput struct{ inStream }

func (s *Service) createLogStream(at scope, in createLogStreamInput) (none, error) {
	if !streamName.MatchString(in.LogStreamName) {
		return none{}, invalidParameter(
			"1 validation error detected: Value '%s' at 'logStreamName' failed to satisfy constraint: "+
				"Member must satisfy regular expression pattern: [^:*]*", in.LogStreamName)
	}
	return none{}, s.db.Update(func(tx store.Tx) error {
		if _, err := s.findGroup(tx, at, in.group()); err != nil {
			return err
		}
		if _, found, err := s.streams.Get(tx, in.key(at)); err != nil {
			return err
		} else if found {
			return alreadyExists("log stream")
		}
		return s.streams.Put(tx, in.key(at), stream{Name: in.LogStreamName, Created: s.now().UnixMilli()})
	})
}

type deleteLogStreamInput struct{ inStream }

func (s *Service) deleteLogStream(at scope, in deleteLogStreamInput) (none, error) {
	return none{}, s.db.Update(func(tx store.Tx) error {
		if _, err := s.findStream(tx, at, in.inStream); err != nil {
			return err
		}
		if err := deleteAll(tx, s.events, store.Key(in.key(at), "")); err != nil {
			return err
		}
		return s.streams.Delete(tx, in.key(at))
	})
}

func (s *Service) findStream(tx store.Tx, at scope, in inStream) (stream, error) {
	if _, err := s.findGroup(tx, at, in.group()); err != nil {
		return stream{}, err
	}
	row, found, err := s.streams.Get(tx, in.key(at))
	if err == nil && !found {
		err = notFound("log stream")
	}
	return row, err
}

type describeLogStreamsInput struct {
	named
	Prefix     string `json:"logStreamNamePrefix"`
	OrderBy    string `json:"orderBy"`
	Descending bool   `json:"descending"`
	Limit      *int   `json:"limit"`
	NextToken  string `json:"nextToken"`
}

type describedStream struct {
	Name                string `json:"logStreamName"`
	CreationTime        int64  `json:"creationTime"`
	FirstEventTimestamp int64  `json:"firstEventTimestamp,omitempty"`
	LastEventTimestamp  int64  `json:"lastEventTimestamp,omitempty"`
	LastIngestionTime   int64  `json:"lastIngestionTime,omitempty"`
	UploadSequenceToken string `json:"uploadSequenceToken,omitempty"`
	ARN                 string `json:"arn"`
	// StoredBytes of a stream is always 0 since June 2019, by AWS's own documentation.
	StoredBytes int64 `json:"storedBytes"`
}

type describeLogStreamsOutput struct {
	LogStreams []describedStream `json:"logStreams"`
	NextToken  string            `json:"nextToken,omitempty"`
}

func (s *Service) describeLogStreams(at scope, in describeLogStreamsInput) (describeLogStreamsOutput, error) {
	out := describeLogStreamsOutput{LogStreams: []describedStream{}}
	limit, err := pageSize(in.Limit, 50)
	if err != nil {
		return out, err
	}
	after, err := readToken(in.NextToken)
	if err != nil {
		return out, err
	}
	byTime := in.OrderBy == "LastEventTime"
	if byTime && in.Prefix != "" {
		return out, invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	var rows []stream
	err = s.db.View(func(tx store.Tx) error {
		if _, err := s.findGroup(tx, at, in.group()); err != nil {
			return err
		}
		prefix := store.Key(at.account, at.region, in.group(), in.Prefix)
		return s.streams.Scan(tx, prefix, "", func(_ string, row stream) bool {
			rows = append(rows, row)
			return true
		})
	})
	if err != nil {
		return out, err
	}
	if byTime {
		slices.SortStableFunc(rows, func(a, b stream) int { return int(a.Last - b.Last) })
	}
	if in.Descending {
		slices.Reverse(rows)
	}
	if after != "" {
		from := slices.IndexFunc(rows, func(row stream) bool { return row.Name == after }) + 1
		rows = rows[from:]
	}
	if len(rows) > limit {
		rows = rows[:limit]
		out.NextToken = writeToken(rows[limit-1].Name)
	}
	for _, row := range rows {
		out.LogStreams = append(out.LogStreams, describedStream{
			Name: row.Name, CreationTime: row.Created,
			FirstEventTimestamp: row.First, LastEventTimestamp: row.Last, LastIngestionTime: row.Ingested,
			ARN: at.streamARN(in.group(), row.Name), UploadSequenceToken: sequenceToken,
		})
	}
	return out, nil
}

// sequenceToken is given because old clients expect one; since January 2023 it
// is never checked.
var sequenceToken = strings.Repeat("0", 56)
