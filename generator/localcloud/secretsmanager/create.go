package secretsmanager

import (
	"regexp"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// nameCharacters are what CreateSecret takes.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
var nameCharacters = regexp.MustCompile(`^[A-Za-z0-9/_+=.@\-]{1,512}$`)

const maxDescription = 2048 // characters

type createSecretInput struct {
	given

	Name              string
	Description       string
	KMSKeyID          string `json:"KmsKeyId"`
	Tags              []rpc.Tag
	AddReplicaRegions []struct{}
}

type createSecretOutput struct {
	ARN       string
	Name      string
	VersionID string `json:"VersionId,omitempty"`
}

// createAccess asks for tagging too when the secret is made with tags, as AWS does.
func createAccess(_ *Service, at rpc.Scope, name string, in createSecretInput) ([]api.Access, error) {
	resource := secret{Name: in.Name, Suffix: unknownSuffix}.arn(at)
	keys := rpc.RequestTags(in.Tags)
	keys["secretsmanager:name"] = []string{in.Name}
	if in.KMSKeyID != "" {
		keys["secretsmanager:kmskeyid"] = []string{in.KMSKeyID}
	}
	needed := []api.Access{{Action: "secretsmanager:" + name, Resource: resource, Context: keys}}
	if len(in.Tags) > 0 {
		needed = append(needed, api.Access{Action: "secretsmanager:TagResource", Resource: resource, Context: keys})
	}
	return needed, nil
}

func (s *Service) createSecret(at rpc.Scope, in createSecretInput) (createSecretOutput, error) {
	var out createSecretOutput
	if err := in.check(); err != nil {
		return out, err
	}
	err := s.db.Update(func(tx store.Tx) error {
		row, found, err := s.load(tx, at, in.Name)
		if err != nil {
			return err
		}
		if found {
			out, err = s.createAgain(at, row, in)
			return err
		}
		now := rpc.Stamp(s.now())
		row = secret{
			Name: in.Name, Suffix: newSuffix(), Description: in.Description, KMSKey: in.KMSKeyID, Tags: rpc.TagMap(in.Tags),
			Created: now, Changed: now,
		}
		if in.hasValue() {
			if out.VersionID, err = s.putVersion(at, &row, in.given, nil); err != nil {
				return err
			}
		}
		out.ARN, out.Name = row.arn(at), row.Name
		return s.secrets.Put(tx, key(at, row.Name), row)
	})
	return out, err
}

// createAgain answers when the name is taken. The same call again, as its token says,
// is no error.
func (s *Service) createAgain(at rpc.Scope, row secret, in createSecretInput) (createSecretOutput, error) {
	if row.Deleted != 0 {
		return createSecretOutput{}, invalidRequest(
			"You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	if in.Token != "" && in.hasValue() && row.version(in.Token) != nil {
		id, err := s.putVersion(at, &row, in.given, nil)
		return createSecretOutput{ARN: row.arn(at), Name: row.Name, VersionID: id}, err
	}
	return createSecretOutput{}, refused("ResourceExistsException", "The operation failed because the secret %s already exists.", in.Name)
}

func (in createSecretInput) check() error {
	switch {
	case len(in.AddReplicaRegions) > 0:
		return api.NotImplemented("secretsmanager", "CreateSecret with AddReplicaRegions")
	case !nameCharacters.MatchString(in.Name):
		return refused("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	case len(in.Description) > maxDescription:
		return tooLong("description", maxDescription)
	}
	if in.hasValue() {
		if err := in.given.check(); err != nil {
			return err
		}
	}
	return checkTags(rpc.TagMap(in.Tags))
}

func tooLong(member string, most int) error {
	return refused("ValidationException", "1 validation error detected: Value at '%s' failed to satisfy constraint: "+
		"Member must have length less than or equal to %d", member, most)
}

type updateSecretInput struct {
	onOne
	given

	Description *string
	KMSKeyID    *string `json:"KmsKeyId"`
}

func (s *Service) updateSecret(at rpc.Scope, in updateSecretInput) (createSecretOutput, error) {
	at = owner(at, in.SecretID)
	var out createSecretOutput
	if in.hasValue() {
		if err := in.given.check(); err != nil {
			return out, err
		}
	}
	if in.Description != nil && len(*in.Description) > maxDescription {
		return out, tooLong("description", maxDescription)
	}
	row, err := s.change(at, in.SecretID, func(row *secret) (err error) {
		if in.Description != nil {
			row.Description = *in.Description
		}
		if in.KMSKeyID != nil {
			row.KMSKey = *in.KMSKeyID
		}
		if in.hasValue() {
			out.VersionID, err = s.putVersion(at, row, in.given, nil)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	out.ARN, out.Name = row.arn(at), row.Name
	return out, nil
}
