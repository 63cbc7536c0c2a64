package identity_test

import "testing"

// TestLimits asks where boundary and session policy have a say, and where not
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session).
func TestLimits(t *testing.T) {
	anything, nothing := []string{allow("*", "*")}, allow("iam:*", "*")
	byRole, bySession := allow(get, object, aws(`"`+role.RoleARN+`"`)), allow(get, object, aws(`"`+role.ARN+`"`))
	byUser, public := allow(get, object, aws(`"`+user.ARN+`"`)), allow(get, object, to(`"*"`))
	byKey := allow(get, object, to(`"*"`), when("ArnEquals", "aws:PrincipalArn", `"`+role.RoleARN+`"`))
	itsARN := map[string][]string{"aws:principalarn": {role.RoleARN}}
	decide(t, map[string]decision{
		"boundary, user by the resource":              {principal: user, boundary: nothing, resource: byUser, allowed: true},
		"boundary, user by identity":                  {principal: user, identity: anything, boundary: nothing},
		"boundary, user by both":                      {principal: user, identity: anything, boundary: nothing, resource: byUser, allowed: true},
		"boundary, user by account":                   {principal: user, identity: anything, boundary: nothing, resource: allow(get, object, aws(`"`+mine+`"`))},
		"boundary denies, user by the resource":       {principal: user, boundary: deny(get, "*"), resource: byUser},
		"identity denies, user by the resource":       {principal: user, identity: []string{deny(get, "*")}, resource: byUser},
		"boundary, role by the resource":              {principal: role, boundary: nothing, resource: byRole},
		"boundary, session by the resource":           {principal: role, boundary: nothing, resource: bySession, allowed: true},
		"boundary denies, session by the resource":    {principal: role, boundary: deny(get, "*"), resource: bySession},
		"boundary, public":                            {principal: role, boundary: nothing, resource: public, allowed: true},
		"boundary, public but for this role":          {principal: role, boundary: nothing, resource: byKey, keys: itsARN, allowed: true},
		"boundary, public for another role":           {principal: role, boundary: nothing, resource: byKey, keys: map[string][]string{"aws:principalarn": {user.ARN}}},
		"boundary with a condition that holds":        {principal: user, identity: anything, boundary: allow("*", "*", when("Bool", "aws:SecureTransport", `"true"`)), keys: map[string][]string{"aws:securetransport": {"true"}}, allowed: true},
		"boundary with a condition that does not":     {principal: user, identity: anything, boundary: allow("*", "*", when("Bool", "aws:SecureTransport", `"true"`)), keys: map[string][]string{"aws:securetransport": {"false"}}},
		"boundary for another resource":               {principal: user, identity: anything, boundary: allow("*", "arn:aws:s3:::other/*")},
		"session, role by the resource":               {principal: role, session: nothing, resource: byRole},
		"session in it, role by the resource":         {principal: role, session: allow(get, "*"), resource: byRole, allowed: true},
		"session, session by the resource":            {principal: role, session: nothing, resource: bySession, allowed: true},
		"session denies, session by the resource":     {principal: role, session: deny("s3:*", "*"), resource: bySession},
		"session, public":                             {principal: role, session: nothing, resource: public, allowed: true},
		"boundary in, session out":                    {principal: role, identity: anything, boundary: allow("s3:*", "*"), session: nothing},
		"boundary out, session in":                    {principal: role, identity: anything, boundary: nothing, session: allow("s3:*", "*")},
		"boundary in, session in":                     {principal: role, identity: anything, boundary: allow("s3:*", "*"), session: allow("s3:*", "*"), allowed: true},
		"boundary and session without identity":       {principal: role, boundary: allow("*", "*"), session: allow("*", "*")},
		"boundary, session in, role by the resource":  {principal: role, boundary: allow("s3:*", "*"), session: allow("s3:*", "*"), resource: byRole, allowed: true},
		"the boundary's deny beats everybody's allow": {principal: role, identity: anything, boundary: deny("*", "*"), session: allow("*", "*"), resource: public},
	})
}
