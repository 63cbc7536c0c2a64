package secretsmanager

import (
	"cmp"
	"slices"
	"strings"

	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

type describeSecretInput struct{ onOne }

// described is a secret as the calls answer that give no value.
type described struct {
	ARN              string
	CreatedDate      rpc.Time
	DeletedDate      rpc.Time `json:",omitempty"`
	Description      string   `json:",omitempty"`
	KMSKeyID         string   `json:"KmsKeyId,omitempty"`
	LastAccessedDate rpc.Time `json:",omitempty"`
	LastChangedDate  rpc.Time
	Name             string
	Tags             []rpc.Tag
}

type describeSecretOutput struct {
	described
	VersionIDsToStages map[string][]string `json:"VersionIdsToStages,omitempty"`
}

func (s secret) described(at rpc.Scope) described {
	return described{
		ARN: s.arn(at), CreatedDate: s.Created, DeletedDate: s.Deleted, Description: s.Description, KMSKeyID: s.KMSKey,
		LastAccessedDate: s.Accessed, LastChangedDate: s.Changed, Name: s.Name, Tags: rpc.TagList(s.Tags),
	}
}

// stages are the staging labels by version id; versions without any are left out.
func (s secret) stages() map[string][]string {
	stages := map[string][]string{}
	for _, v := range s.Versions {
		if len(v.Stages) > 0 {
			stages[v.ID] = v.Stages
		}
	}
	return stages
}

func (s *Service) describeSecret(at rpc.Scope, in describeSecretInput) (describeSecretOutput, error) {
	at = owner(at, in.SecretID)
	var out describeSecretOutput
	err := s.db.View(func(tx store.Tx) error {
		row, err := s.findAny(tx, at, in.SecretID)
		if err == nil {
			out = describeSecretOutput{row.described(at), row.stages()}
		}
		return err
	})
	return out, err
}

type listSecretsInput struct {
	Filters                []filter
	IncludePlannedDeletion bool
	MaxResults             *int
	NextToken              string
	SortOrder              string
}

// filter is one of ListSecrets. A value with ! in front is negated.
type filter struct {
	Key    string
	Values []string
}

// The keys that are about other services and other regions fit no secret here.
var filterKeys = []string{"name", "description", "tag-key", "tag-value", "primary-region", "owning-service", "all"}

// wants tells whether one of the filter's values begins something of a secret.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
func (f filter) wants(row secret) bool {
	return slices.ContainsFunc(f.Values, func(wanted string) bool {
		wanted, negated := strings.CutPrefix(wanted, "!")
		return negated != slices.ContainsFunc(f.texts(row), func(text string) bool {
			if f.Key == "description" || f.Key == "all" { // these do not tell the cases apart
				text, wanted = strings.ToLower(text), strings.ToLower(wanted)
			}
			return strings.HasPrefix(text, wanted)
		})
	})
}

// texts are what a secret has for the filter's key.
func (f filter) texts(row secret) []string {
	var tagKeys, tagValues []string
	for _, t := range rpc.TagList(row.Tags) {
		tagKeys, tagValues = append(tagKeys, t.Key), append(tagValues, t.Value)
	}
	switch f.Key {
	case "name":
		return []string{row.Name}
	case "description":
		return []string{row.Description}
	case "tag-key":
		return tagKeys
	case "tag-value":
		return tagValues
	case "primary-region", "owning-service":
		return nil
	}
	words := strings.FieldsFunc(row.Name, func(r rune) bool { return strings.ContainsRune("/_+=.@-", r) })
	return slices.Concat([]string{row.Name}, words, strings.Fields(row.Description), tagKeys, tagValues)
}

type listedSecret struct {
	described
	SecretVersionsToStages map[string][]string `json:",omitempty"`
}

type listSecretsOutput struct {
	SecretList []listedSecret
	NextToken  string `json:",omitempty"`
}

func (s *Service) listSecrets(at rpc.Scope, in listSecretsInput) (listSecretsOutput, error) {
	out := listSecretsOutput{SecretList: []listedSecret{}}
	limit, err := pageSize(in.MaxResults)
	if err != nil {
		return out, err
	}
	after, err := readToken(in.NextToken)
	if err != nil {
		return out, err
	}
	for _, f := range in.Filters {
		if !slices.Contains(filterKeys, f.Key) {
			return out, refused("ValidationException", "1 validation error detected: Value '%s' at 'filters.key' failed to satisfy constraint: "+
				"Member must satisfy enum value set: [%s]", f.Key, strings.Join(filterKeys, ", "))
		}
	}
	var rows []secret
	err = s.db.View(func(tx store.Tx) error {
		return s.secrets.Scan(tx, key(at, ""), "", func(_ string, row secret) bool {
			hidden := s.isOver(row) || row.Deleted != 0 && !in.IncludePlannedDeletion
			if !hidden && !slices.ContainsFunc(in.Filters, func(f filter) bool { return !f.wants(row) }) {
				rows = append(rows, row)
			}
			return true
		})
	})
	if err != nil {
		return out, err
	}
	// By time of creation, the newest first unless asked for otherwise.
	slices.SortStableFunc(rows, func(a, b secret) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.Name, b.Name))
	})
	if in.SortOrder != "asc" {
		slices.Reverse(rows)
	}
	if after != "" {
		last := slices.IndexFunc(rows, func(row secret) bool { return row.Name == after })
		if last < 0 {
			return out, invalidToken()
		}
		rows = rows[last+1:]
	}
	if len(rows) > limit {
		rows = rows[:limit]
		out.NextToken = writeToken(rows[limit-1].Name)
	}
	for _, row := range rows {
		out.SecretList = append(out.SecretList, listedSecret{row.described(at), row.stages()})
	}
	return out, nil
}

type listSecretVersionIDsInput struct {
	onOne

	IncludeDeprecated bool
	MaxResults        *int
	NextToken         string
}

type listedVersion struct {
	CreatedDate      rpc.Time
	LastAccessedDate rpc.Time `json:",omitempty"`
	VersionID        string   `json:"VersionId"`
	VersionStages    []string `json:",omitempty"`
}

type listSecretVersionIDsOutput struct {
	ARN       string
	Name      string
	Versions  []listedVersion
	NextToken string `json:",omitempty"`
}

func (s *Service) listSecretVersionIDs(at rpc.Scope, in listSecretVersionIDsInput) (listSecretVersionIDsOutput, error) {
	at = owner(at, in.SecretID)
	out := listSecretVersionIDsOutput{Versions: []listedVersion{}}
	limit, err := pageSize(in.MaxResults)
	if err != nil {
		return out, err
	}
	after, err := readToken(in.NextToken)
	if err != nil {
		return out, err
	}
	err = s.db.View(func(tx store.Tx) error {
		row, err := s.findAny(tx, at, in.SecretID)
		if err != nil {
			return err
		}
		out.ARN, out.Name = row.arn(at), row.Name
		last := slices.IndexFunc(row.Versions, func(v version) bool { return v.ID == after })
		if after != "" && last < 0 {
			return invalidToken()
		}
		for _, v := range row.Versions[last+1:] {
			if len(v.Stages) == 0 && !in.IncludeDeprecated {
				continue
			}
			if len(out.Versions) == limit {
				out.NextToken = writeToken(out.Versions[limit-1].VersionID)
				break
			}
			out.Versions = append(out.Versions, listedVersion{
				CreatedDate: v.Created, LastAccessedDate: v.Accessed, VersionID: v.ID, VersionStages: v.Stages,
			})
		}
		return nil
	})
	return out, err
}
