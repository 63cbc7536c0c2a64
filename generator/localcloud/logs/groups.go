package logs

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// group is a log group as it is stored.
type group struct {
	Name      string
	Created   int64 // milliseconds since 1970
	Retention int   `json:",omitempty"` // days; 0 keeps events for ever
	Class     string
	Protected bool              `json:",omitempty"` // from deletion
	KMSKey    string            `json:",omitempty"`
	Tags      map[string]string `json:",omitempty"`

	Subscriptions []subscription `json:",omitempty"`
}

// keepsFrom is the time in milliseconds before which events have expired.
func (g group) keepsFrom(now time.Time) int64 {
	if g.Retention == 0 {
		return 0
	}
	return now.AddDate(0, 0, -g.Retention).UnixMilli()
}

// retentions are the days that PutRetentionPolicy takes.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545,
	731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

var (
	groupName    = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)
	groupClasses = []string{"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"}
)

// named is the part of an input that names a log group.
type named struct {
	LogGroupName       string `json:"logGroupName"`
	LogGroupIdentifier string `json:"logGroupIdentifier"` // name or ARN
}

func (n named) group() string {
	if n.LogGroupName != "" {
		return n.LogGroupName
	}
	if _, name, isARN := strings.Cut(n.LogGroupIdentifier, ":log-group:"); isARN {
		return strings.TrimSuffix(name, ":*")
	}
	return n.LogGroupIdentifier
}

func (n named) access(action string, at scope) []api.Access {
	return []api.Access{{Action: action, Resource: at.streamARN(n.group(), "")}}
}

type createLogGroupInput struct {
	named
	KMSKeyID           string            `json:"kmsKeyId"`
	LogGroupClass      string            `json:"logGroupClass"`
	Tags               map[string]string `json:"tags"`
	DeletionProtection bool              `json:"deletionProtectionEnabled"`
}

// access asks for tagging too when the group is made with tags, as AWS does.
func (in createLogGroupInput) access(action string, at scope) []api.Access {
	needed := in.named.access(action, at)
	if len(in.Tags) > 0 {
		needed = append(needed, api.Access{Action: "logs:TagResource", Resource: at.groupARN(in.group())})
	}
	return needed
}

func (s *Service) createLogGroup(at scope, in createLogGroupInput) (none, error) {
	if !groupName.MatchString(in.LogGroupName) {
		return none{}, invalidParameter(
			"1 validation error detected: Value '%s' at 'logGroupName' failed to satisfy constraint: "+
				`Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`, in.LogGroupName)
	}
	class := in.LogGroupClass
	if class == "" {
		class = "STANDARD"
	}
	if !slices.Contains(groupClasses, class) {
		return none{}, invalidParameter(
			"1 validation error detected: Value '%s' at 'logGroupClass' failed to satisfy constraint: "+
				"Member must satisfy enum value set: [%s]", class, strings.Join(groupClasses, ", "))
	}
	if err := checkTags(in.Tags); err != nil {
		return none{}, err
	}
	row := group{
		Name: in.LogGroupName, Created: s.now().UnixMilli(), Class: class,
		KMSKey: in.KMSKeyID, Tags: in.Tags, Protected: in.DeletionProtection,
	}
	return none{}, s.db.Update(func(tx store.Tx) error {
		key := store.Key(at.account, at.region, row.Name)
		if _, found, err := s.groups.Get(tx, key); err != nil {
			return err
		} else if found {
			return alreadyExists("log group")
		}
		return s.groups.Put(tx, key, row)
	})
}

// CreateGroup makes a log group without tags or retention, as Lambda does when a
// function logs into a group that is missing. A group that exists is no error.
func (s *Service) CreateGroup(account, region, group string) error {
	_, err := s.createLogGroup(scope{account, region}, createLogGroupInput{named: named{LogGroupName: group}})
	if known := (*api.Error)(nil); errors.As(err, &known) && known.Code == "ResourceAlreadyExistsException" {
		return nil
	}
	return err
}

// change rewrites one group inside a transaction.
func (s *Service) change(at scope, name string, edit func(*group) error) error {
	return s.db.Update(func(tx store.Tx) error {
		key := store.Key(at.account, at.region, name)
		row, err := s.findGroup(tx, at, name)
		if err != nil {
			return err
		}
		if err := edit(&row); err != nil {
			return err
		}
		return s.groups.Put(tx, key, row)
	})
}

func (s *Service) findGroup(tx store.Tx, at scope, name string) (group, error) {
	row, found, err := s.groups.Get(tx, store.Key(at.account, at.region, name))
	if err == nil && !found {
		err = notFound("log group")
	}
	return row, err
}

type groupInput struct{ named }

func (s *Service) deleteLogGroup(at scope, in groupInput) (none, error) {
	return none{}, s.db.Update(func(tx store.Tx) error {
		row, err := s.findGroup(tx, at, in.group())
		if err != nil {
			return err
		}
		if row.Protected {
			return api.Errorf(http.StatusBadRequest, "ValidationException",
				"The log group %s is protected from deletion: disable its deletion protection first.", row.Name)
		}
		inside := store.Key(at.account, at.region, in.group(), "")
		if err := deleteAll(tx, s.streams, inside); err != nil {
			return err
		}
		if err := deleteAll(tx, s.events, inside); err != nil {
			return err
		}
		return s.groups.Delete(tx, store.Key(at.account, at.region, in.group()))
	})
}

type protectInput struct {
	named
	Enabled bool `json:"deletionProtectionEnabled"`
}

func (s *Service) putDeletionProtection(at scope, in protectInput) (none, error) {
	return none{}, s.change(at, in.group(), func(row *group) error {
		row.Protected = in.Enabled
		return nil
	})
}

// deleteAll deletes every row under prefix.
func deleteAll[T any](tx store.Tx, table store.Table[T], prefix string) error {
	var keys []string
	err := table.Scan(tx, prefix, "", func(key string, _ T) bool {
		keys = append(keys, key)
		return true
	})
	for _, key := range keys {
		if err == nil {
			err = table.Delete(tx, key)
		}
	}
	return err
}

type describeLogGroupsInput struct {
	Prefix      string   `json:"logGroupNamePrefix"`
	Pattern     string   `json:"logGroupNamePattern"`
	Identifiers []string `json:"logGroupIdentifiers"` // names or ARNs
	Class       string   `json:"logGroupClass"`
	Limit       *int     `json:"limit"`
	NextToken   string   `json:"nextToken"`
}

// check knows which filters exclude each other.
func (in describeLogGroupsInput) check() error {
	if in.Prefix != "" && in.Pattern != "" {
		return invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	if len(in.Identifiers) > 0 && in.Prefix+in.Pattern+in.Class != "" {
		return invalidParameter("LogGroupIdentifiers cannot be combined with other filters.")
	}
	return nil
}

// wants says whether a group is among those asked for.
func (in describeLogGroupsInput) wants(row group) bool {
	if in.Class != "" && row.Class != in.Class || !strings.Contains(row.Name, in.Pattern) {
		return false
	}
	return len(in.Identifiers) == 0 || slices.ContainsFunc(in.Identifiers, func(identifier string) bool {
		return named{LogGroupIdentifier: identifier}.group() == row.Name
	})
}

// access is on the group with the empty name: listing is not narrowed by group.
func (in describeLogGroupsInput) access(action string, at scope) []api.Access {
	return []api.Access{{Action: action, Resource: at.streamARN("", "")}}
}

type describedGroup struct {
	Name              string `json:"logGroupName"`
	CreationTime      int64  `json:"creationTime"`
	RetentionInDays   int    `json:"retentionInDays,omitempty"`
	MetricFilterCount int    `json:"metricFilterCount"`
	ARN               string `json:"arn"`
	StoredBytes       int64  `json:"storedBytes"`
	KMSKeyID          string `json:"kmsKeyId,omitempty"`
	Class             string `json:"logGroupClass"`
	LogGroupARN       string `json:"logGroupArn"`
	Protected         bool   `json:"deletionProtectionEnabled"`
}

type describeLogGroupsOutput struct {
	LogGroups []describedGroup `json:"logGroups"`
	NextToken string           `json:"nextToken,omitempty"`
}

func (s *Service) describeLogGroups(at scope, in describeLogGroupsInput) (describeLogGroupsOutput, error) {
	out := describeLogGroupsOutput{LogGroups: []describedGroup{}}
	if err := in.check(); err != nil {
		return out, err
	}
	limit, err := pageSize(in.Limit, 50)
	if err != nil {
		return out, err
	}
	after, err := readToken(in.NextToken)
	if err != nil {
		return out, err
	}
	err = s.db.View(func(tx store.Tx) error {
		var failed error
		prefix := store.Key(at.account, at.region, in.Prefix)
		err := s.groups.Scan(tx, prefix, after, func(key string, row group) bool {
			if !in.wants(row) {
				return true
			}
			if len(out.LogGroups) == limit {
				last := out.LogGroups[limit-1].Name
				out.NextToken = writeToken(store.Key(at.account, at.region, last))
				return false
			}
			var described describedGroup
			described, failed = s.describe(tx, at, row)
			out.LogGroups = append(out.LogGroups, described)
			return failed == nil
		})
		if err == nil {
			err = failed
		}
		return err
	})
	return out, err
}

func (s *Service) describe(tx store.Tx, at scope, row group) (describedGroup, error) {
	arn := at.groupARN(row.Name)
	described := describedGroup{
		Name: row.Name, CreationTime: row.Created, RetentionInDays: row.Retention, Class: row.Class,
		KMSKeyID: row.KMSKey, ARN: arn + ":*", LogGroupARN: arn, Protected: row.Protected,
	}
	err := s.streams.Scan(tx, store.Key(at.account, at.region, row.Name, ""), "", func(_ string, st stream) bool {
		described.StoredBytes += st.Bytes
		return true
	})
	return described, err
}

// pageSize checks a limit that may be missing; most is its default and maximum.
func pageSize(asked *int, most int) (int, error) {
	if asked == nil {
		return most, nil
	}
	if *asked < 1 || *asked > most {
		return 0, invalidParameter(
			"1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: "+
				"Member must have value between 1 and %d", *asked, most)
	}
	return *asked, nil
}

// A token of a listing is the key of the last row that was given, encoded so
// that nobody builds one by hand.
func writeToken(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

func readToken(token string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", invalidParameter("The specified nextToken is invalid.")
	}
	return string(key), nil
}

type putRetentionPolicyInput struct {
	named
	Days int `json:"retentionInDays"`
}

func (s *Service) putRetentionPolicy(at scope, in putRetentionPolicyInput) (none, error) {
	if !slices.Contains(retentions, in.Days) {
		return none{}, invalidParameter(
			"1 validation error detected: Value '%d' at 'retentionInDays' failed to satisfy constraint: "+
				"Member must satisfy enum value set: %s", in.Days,
			strings.ReplaceAll(fmt.Sprint(retentions), " ", ", "))
	}
	return none{}, s.change(at, in.group(), func(row *group) error {
		row.Retention = in.Days
		return nil
	})
}

func (s *Service) deleteRetentionPolicy(at scope, in groupInput) (none, error) {
	return none{}, s.change(at, in.group(), func(row *group) error {
		row.Retention = 0
		return nil
	})
}

// checkTags knows the limits of tags on a log group.
func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return api.Errorf(http.StatusBadRequest, "TooManyTagsException", "A resource can have no more than 50 tags.")
	}
	for name, value := range tags {
		if name == "" || len(name) > 128 || len(value) > 256 || strings.HasPrefix(name, "aws:") {
			return invalidParameter("The tag '%s' is not valid.", name)
		}
	}
	return nil
}

type associateKMSKeyInput struct {
	named
	KMSKeyID string `json:"kmsKeyId"`
}

// associateKMSKey keeps the key's name, as createLogGroup does.
func (s *Service) associateKMSKey(at scope, in associateKMSKeyInput) (none, error) {
	if in.KMSKeyID == "" {
		return none{}, invalidParameter("1 validation error detected: Value at 'kmsKeyId' failed to satisfy constraint: Member must not be null")
	}
	return none{}, s.change(at, in.group(), func(row *group) error {
		row.KMSKey = in.KMSKeyID
		return nil
	})
}

func (s *Service) disassociateKMSKey(at scope, in groupInput) (none, error) {
	return none{}, s.change(at, in.group(), func(row *group) error {
		row.KMSKey = ""
		return nil
	})
}
