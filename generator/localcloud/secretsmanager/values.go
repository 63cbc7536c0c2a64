package secretsmanager

import (
	"bytes"
	"slices"
	"strings"

	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// The limits of values and versions.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const (
	maxValue       = 65536 // bytes
	maxVersions    = 100
	maxStages      = 20 // on one version
	minTokenLength = 32
	maxTokenLength = 64
)

// given is the part of an input that brings a value.
type given struct {
	Token        string `json:"ClientRequestToken"`
	SecretString *string
	SecretBinary []byte
}

func (g given) hasValue() bool { return g.SecretString != nil || len(g.SecretBinary) > 0 }

func (g given) value() []byte {
	if g.SecretString != nil {
		return []byte(*g.SecretString)
	}
	return g.SecretBinary
}

func (g given) check() error {
	switch {
	case !g.hasValue():
		return invalidParameter("You must provide either SecretString or SecretBinary.")
	case g.SecretString != nil && len(g.SecretBinary) > 0:
		return invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
	case g.SecretString != nil && *g.SecretString == "":
		return refused("ValidationException", "1 validation error detected: Value at 'secretString' failed to satisfy constraint: "+
			"Member must have length greater than or equal to 1")
	case len(g.value()) > maxValue && g.SecretString != nil:
		return tooLong("secretString", maxValue)
	case len(g.value()) > maxValue:
		return tooLong("secretBinary", maxValue)
	case g.Token != "" && len(g.Token) < minTokenLength, len(g.Token) > maxTokenLength:
		return invalidParameter("ClientRequestToken must be %d-%d characters long.", minTokenLength, maxTokenLength)
	}
	return nil
}

// version finds a version by its id.
func (s *secret) version(id string) *version {
	if at := slices.IndexFunc(s.Versions, func(v version) bool { return v.ID == id }); at >= 0 {
		return &s.Versions[at]
	}
	return nil
}

// staged finds the version that a staging label is on.
func (s *secret) staged(stage string) *version {
	if at := slices.IndexFunc(s.Versions, func(v version) bool { return slices.Contains(v.Stages, stage) }); at >= 0 {
		return &s.Versions[at]
	}
	return nil
}

// putVersion adds a value to a secret and returns the id of its version. Once more
// with the same token and the same value it changes nothing.
func (s *Service) putVersion(at rpc.Scope, row *secret, in given, stages []string) (string, error) {
	id := in.Token
	if id == "" {
		id = newID()
	}
	if old := row.version(id); old != nil {
		had, err := s.key.Open(old.Sealed, place(at, *row, id))
		if err != nil {
			return "", err
		}
		if !bytes.Equal(had, in.value()) {
			return "", refused("ResourceExistsException",
				"You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", id, row.arn(at))
		}
		return id, nil
	}
	// The first version becomes the current one, whatever else it is.
	if len(stages) == 0 || len(row.Versions) == 0 && !slices.Contains(stages, current) {
		stages = slices.Concat(stages, []string{current})
	}
	row.Versions = append(row.Versions, version{
		ID: id, Sealed: s.key.Seal(in.value(), place(at, *row, id)), Binary: in.SecretString == nil, Created: rpc.Stamp(s.now()),
	})
	for _, stage := range stages {
		row.move(stage, id)
	}
	return id, row.prune()
}

// prune drops the oldest of the versions without a staging label, which AWS calls
// deprecated, when there are too many.
func (s *secret) prune() error {
	for len(s.Versions) > maxVersions {
		at := slices.IndexFunc(s.Versions, func(v version) bool { return len(v.Stages) == 0 })
		if at < 0 {
			return refused("LimitExceededException", "You can't have more than %d versions with staging labels.", maxVersions)
		}
		s.Versions = slices.Delete(s.Versions, at, at+1)
	}
	return nil
}

type putSecretValueInput struct {
	onOne
	given

	VersionStages []string
}

type putSecretValueOutput struct {
	ARN           string
	Name          string
	VersionID     string `json:"VersionId"`
	VersionStages []string
}

func (s *Service) putSecretValue(at rpc.Scope, in putSecretValueInput) (putSecretValueOutput, error) {
	at = owner(at, in.SecretID)
	var out putSecretValueOutput
	if err := in.given.check(); err != nil {
		return out, err
	}
	if len(in.VersionStages) > maxStages {
		return out, invalidParameter("A version can have at most %d staging labels.", maxStages)
	}
	row, err := s.change(at, in.SecretID, func(row *secret) (err error) {
		out.VersionID, err = s.putVersion(at, row, in.given, in.VersionStages)
		return err
	})
	if err != nil {
		return out, err
	}
	out.ARN, out.Name, out.VersionStages = row.arn(at), row.Name, row.version(out.VersionID).Stages
	return out, nil
}

type getSecretValueInput struct {
	onOne

	VersionID    string `json:"VersionId"`
	VersionStage string
}

func (in getSecretValueInput) keys() map[string][]string {
	keys := map[string][]string{}
	if in.VersionID != "" {
		keys["secretsmanager:versionid"] = []string{in.VersionID}
	}
	// A call that names neither is about the current version, and is evaluated so.
	if stage := in.stage(); stage != "" {
		keys["secretsmanager:versionstage"] = []string{stage}
	}
	return keys
}

// stage is the label that is asked for, if any.
func (in getSecretValueInput) stage() string {
	if in.VersionStage == "" && in.VersionID == "" {
		return current
	}
	return in.VersionStage
}

type getSecretValueOutput struct {
	ARN           string
	CreatedDate   rpc.Time
	Name          string
	SecretBinary  []byte  `json:",omitempty"`
	SecretString  *string `json:",omitempty"`
	VersionID     string  `json:"VersionId"`
	VersionStages []string
}

func (s *Service) getSecretValue(at rpc.Scope, in getSecretValueInput) (getSecretValueOutput, error) {
	at = owner(at, in.SecretID)
	var out getSecretValueOutput
	seenToday := true
	err := s.db.View(func(tx store.Tx) error {
		row, err := s.find(tx, at, in.SecretID)
		if err != nil {
			return err
		}
		v, err := in.pick(row)
		if err != nil {
			return err
		}
		value, err := s.key.Open(v.Sealed, place(at, row, v.ID))
		if err != nil {
			return err
		}
		seenToday = v.Accessed == day(s.now())
		out = getSecretValueOutput{
			ARN: row.arn(at), CreatedDate: v.Created, Name: row.Name, VersionID: v.ID, VersionStages: v.Stages,
		}
		if v.Binary {
			out.SecretBinary = value
		} else {
			out.SecretString = new(string(value))
		}
		return nil
	})
	if err != nil || seenToday {
		return out, err
	}
	return out, s.markAccess(at, out.ARN, out.VersionID)
}

// markAccess notes the day on which a value was read. It is a transaction of its own,
// which most reads do not need: they are not the first of their day.
func (s *Service) markAccess(at rpc.Scope, arn, versionID string) error {
	return s.db.Update(func(tx store.Tx) error {
		row, found, err := s.look(tx, at, arn)
		if err != nil || !found {
			return err
		}
		row.Accessed = day(s.now())
		if v := row.version(versionID); v != nil {
			v.Accessed = row.Accessed
		}
		return s.secrets.Put(tx, key(at, row.Name), row)
	})
}

// pick finds the version that is asked for, by its id, its label, or both.
func (in getSecretValueInput) pick(row secret) (version, error) {
	var v *version
	what := "VersionId: " + in.VersionID
	if in.VersionID != "" {
		v = row.version(in.VersionID)
		if v != nil && in.VersionStage != "" && !slices.Contains(v.Stages, in.VersionStage) {
			return version{}, invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.")
		}
	} else {
		what = "staging label: " + in.stage()
		v = row.staged(in.stage())
	}
	if v == nil {
		return version{}, notFound("secret value for " + strings.TrimSpace(what))
	}
	return *v, nil
}
