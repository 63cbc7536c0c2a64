package secretsmanager

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// secret is a secret as it is stored.
type secret struct {
	Name        string
	Suffix      string // six random characters that end the ARN
	Description string `json:",omitempty"`
	KMSKey      string `json:",omitempty"`
	Policy      string `json:",omitempty"`
	Tags        map[string]string
	Versions    []version `json:",omitempty"` // in the order of their creation

	Created  rpc.Time
	Changed  rpc.Time
	Accessed rpc.Time `json:",omitempty"` // a day

	Deleted rpc.Time  `json:",omitempty"` // when DeleteSecret was called
	Expires time.Time `json:",omitzero"`  // when a deleted secret cannot be restored any more
}

// version is one value of a secret.
type version struct {
	ID       string
	Sealed   []byte
	Binary   bool     // was given as SecretBinary
	Stages   []string `json:",omitempty"`
	Created  rpc.Time
	Accessed rpc.Time `json:",omitempty"` // a day
}

// suffixLength is that of the random end of an ARN, without its hyphen.
const suffixLength = 6

// unknownSuffix stands in the ARN of a secret that is not there, for IAM to evaluate.
// A policy's pattern for any suffix fits it.
const unknownSuffix = "??????"

func newSuffix() string { return rand.Text()[:suffixLength] }

// newID makes a random version id in the form of a UUID.
func newID() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails: see crypto/rand
	s := hex.EncodeToString(random[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func arnPrefix(at rpc.Scope) string {
	return "arn:aws:secretsmanager:" + at.Region + ":" + at.Account + ":secret:"
}

func (s secret) arn(at rpc.Scope) string { return arnPrefix(at) + s.Name + "-" + s.Suffix }

func key(at rpc.Scope, name string) string { return store.Key(at.Account, at.Region, name) }

// place is where a value is sealed.
func place(at rpc.Scope, s secret, versionID string) string {
	return store.Key(s.arn(at), versionID)
}

// load returns the secret of a name. One whose time to restore is over is not there.
func (s *Service) load(tx store.Tx, at rpc.Scope, name string) (secret, bool, error) {
	row, found, err := s.secrets.Get(tx, key(at, name))
	if err != nil || !found || s.isOver(row) {
		return secret{}, false, err
	}
	return row, true, nil
}

func (s *Service) isOver(row secret) bool {
	return row.Deleted != 0 && !s.now().Before(row.Expires)
}

// owner is where the secret is that an id names: an ARN may name another account.
func owner(at rpc.Scope, id string) rpc.Scope {
	const accountField = 4
	if fields := strings.Split(id, ":"); fields[0] == "arn" && len(fields) > accountField {
		at.Account = fields[accountField]
	}
	return at
}

// look finds a secret by its name, its ARN, or its ARN without the random end.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
func (s *Service) look(tx store.Tx, at rpc.Scope, id string) (secret, bool, error) {
	if !strings.HasPrefix(id, "arn:") {
		return s.load(tx, at, id)
	}
	rest, here := strings.CutPrefix(id, arnPrefix(at))
	if !here {
		return secret{}, false, nil // in another region
	}
	if cut := strings.LastIndexByte(rest, '-'); cut >= 0 {
		row, found, err := s.load(tx, at, rest[:cut])
		if err != nil || found && row.Suffix == rest[cut+1:] {
			return row, found, err
		}
	}
	return s.load(tx, at, rest)
}

// find returns a secret, or the error that it is not there or pending deletion.
func (s *Service) find(tx store.Tx, at rpc.Scope, id string) (secret, error) {
	row, err := s.findAny(tx, at, id)
	if err == nil && row.Deleted != 0 {
		err = invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
	}
	return row, err
}

// findAny is find for calls that may be made on a secret that is pending deletion.
func (s *Service) findAny(tx store.Tx, at rpc.Scope, id string) (secret, error) {
	row, found, err := s.look(tx, at, id)
	if err == nil && !found {
		err = notFound("secret")
	}
	return row, err
}

// change rewrites one secret.
func (s *Service) change(at rpc.Scope, id string, edit func(*secret) error) (secret, error) {
	var row secret
	err := s.db.Update(func(tx store.Tx) (err error) {
		if row, err = s.find(tx, at, id); err != nil {
			return err
		}
		if err := edit(&row); err != nil {
			return err
		}
		row.Changed = rpc.Stamp(s.now())
		return s.secrets.Put(tx, key(at, row.Name), row)
	})
	return row, err
}

// access is what a call on a secret must be allowed. For a secret that is not there
// IAM has its say about the name.
func (s *Service) access(at rpc.Scope, action, id string, keys map[string][]string) ([]api.Access, error) {
	home := owner(at, id)
	needed := api.Access{Action: action, Owner: home.Account, Context: map[string][]string{"secretsmanager:secretid": {id}}}
	for name, values := range keys {
		needed.Context[name] = values
	}
	err := s.db.View(func(tx store.Tx) error {
		row, found, err := s.look(tx, home, id)
		if !found {
			row = secret{Name: id, Suffix: unknownSuffix}
			if strings.HasPrefix(id, "arn:") {
				needed.Resource = id
				return err
			}
		}
		needed.Resource, needed.Policy = row.arn(home), row.Policy
		for name, value := range row.Tags {
			needed.Context["aws:resourcetag/"+name] = []string{value}
			needed.Context["secretsmanager:resourcetag/"+name] = []string{value}
		}
		return err
	})
	return []api.Access{needed}, err
}

// onOne is the part of an input that names a secret.
type onOne struct {
	SecretID string `json:"SecretId"`
}

func (in onOne) secretID() string { return in.SecretID }

func (in onOne) keys() map[string][]string { return nil }

// day is the date of a time, as the access dates have it.
func day(t time.Time) rpc.Time { return rpc.Stamp(t.UTC().Truncate(24 * time.Hour)) }
