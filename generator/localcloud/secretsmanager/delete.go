package secretsmanager

import (
	"strconv"
	"time"

	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// How long a deleted secret can be restored, in days.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
const (
	minWindow     = 7
	maxWindow     = 30
	defaultWindow = 30
)

type deleteSecretInput struct {
	onOne

	ForceDeleteWithoutRecovery bool
	RecoveryWindowInDays       *int
}

func (in deleteSecretInput) keys() map[string][]string {
	keys := map[string][]string{"secretsmanager:forcedeletewithoutrecovery": {strconv.FormatBool(in.ForceDeleteWithoutRecovery)}}
	if in.RecoveryWindowInDays != nil {
		keys["secretsmanager:recoverywindowindays"] = []string{strconv.Itoa(*in.RecoveryWindowInDays)}
	}
	return keys
}

type deleteSecretOutput struct {
	ARN          string
	DeletionDate rpc.Time
	Name         string
}

func (s *Service) deleteSecret(at rpc.Scope, in deleteSecretInput) (deleteSecretOutput, error) {
	at = owner(at, in.SecretID)
	var out deleteSecretOutput
	days := defaultWindow
	if in.RecoveryWindowInDays != nil {
		days = *in.RecoveryWindowInDays
		switch {
		case in.ForceDeleteWithoutRecovery:
			return out, invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
		case days < minWindow || days > maxWindow:
			return out, invalidParameter("The RecoveryWindowInDays value must be between %d and %d days (inclusive).", minWindow, maxWindow)
		}
	}
	now := s.now()
	err := s.db.Update(func(tx store.Tx) error {
		row, found, err := s.look(tx, at, in.SecretID)
		switch {
		case err != nil:
			return err
		case in.ForceDeleteWithoutRecovery && !found:
			// No error, so that a client may try again.
			out = deleteSecretOutput{ARN: in.SecretID, DeletionDate: rpc.Stamp(now), Name: in.SecretID}
			return nil
		case !found:
			return notFound("secret")
		case in.ForceDeleteWithoutRecovery:
			out = deleteSecretOutput{ARN: row.arn(at), DeletionDate: rpc.Stamp(now), Name: row.Name}
			return s.secrets.Delete(tx, key(at, row.Name))
		case row.Deleted != 0:
			return invalidRequest("You can't perform this operation on the secret because it was already scheduled for deletion.")
		}
		row.Deleted, row.Expires = rpc.Stamp(now), now.Add(time.Duration(days)*24*time.Hour)
		out = deleteSecretOutput{ARN: row.arn(at), DeletionDate: rpc.Stamp(row.Expires), Name: row.Name}
		return s.secrets.Put(tx, key(at, row.Name), row)
	})
	return out, err
}

type restoreSecretInput struct{ onOne }

func (s *Service) restoreSecret(at rpc.Scope, in restoreSecretInput) (secretOutput, error) {
	at = owner(at, in.SecretID)
	var out secretOutput
	err := s.db.Update(func(tx store.Tx) error {
		row, err := s.findAny(tx, at, in.SecretID)
		if err != nil {
			return err
		}
		row.Deleted, row.Expires = 0, time.Time{}
		out = secretOutput{row.arn(at), row.Name}
		return s.secrets.Put(tx, key(at, row.Name), row)
	})
	return out, err
}
