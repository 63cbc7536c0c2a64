package standin

import "testing"

func TestSamePolicy(t *testing.T) {
	const base = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	statement := func(text string) string { return `{"Version":"2012-10-17","Statement":[` + text + `]}` }
	for name, test := range map[string]struct {
		a, b string
		same bool
	}{
		"equal":            {base, base, true},
		"empty":            {"", " ", true},
		"one empty":        {base, "", false},
		"no JSON":          {base, "{", false},
		"white space":      {base, "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [{\"Resource\":\"*\",\"Action\":\"s3:GetObject\",\"Effect\":\"Allow\"}]}", true},
		"list of one":      {base, statement(`{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]}`), true},
		"single statement": {base, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`, true},
		"empty sid":        {base, statement(`{"Sid":"","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`), true},
		"case of action":   {base, statement(`{"Effect":"Allow","Action":"S3:getobject","Resource":"*"}`), true},
		"case of resource": {statement(`{"Effect":"Allow","Resource":"a"}`), statement(`{"Effect":"Allow","Resource":"A"}`), false},
		"other effect":     {base, statement(`{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`), false},
		"other version":    {base, `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`, false},
		"no version":       {`{"Version":"2008-10-17","Statement":[]}`, `{"Statement":[]}`, true},
		"more actions":     {base, statement(`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}`), false},
		"order of lists": {
			statement(`{"Effect":"Allow","Action":["a:B","a:C"],"Resource":["x","y"]}`),
			statement(`{"Effect":"Allow","Action":["a:C","a:B"],"Resource":["y","x"]}`), true,
		},
		"order of statements": {
			statement(`{"Sid":"1","Effect":"Allow"},{"Sid":"2","Effect":"Deny"}`),
			statement(`{"Sid":"2","Effect":"Deny"},{"Sid":"1","Effect":"Allow"}`), true,
		},
		"everybody": {
			statement(`{"Effect":"Allow","Principal":"*"}`), statement(`{"Effect":"Allow","Principal":{"AWS":["*"]}}`), true,
		},
		"account and its root": {
			statement(`{"Effect":"Allow","Principal":{"AWS":"111122223333"}}`),
			statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"}}`), true,
		},
		"other kind of principal": {
			statement(`{"Effect":"Allow","Principal":{"AWS":"*"}}`), statement(`{"Effect":"Allow","Principal":{"Service":"*"}}`), false,
		},
		"condition with a boolean": {
			statement(`{"Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":false}}}`),
			statement(`{"Effect":"Deny","Condition":{"Bool":{"AWS:securetransport":["false"]}}}`), true,
		},
		"other condition": {
			statement(`{"Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`),
			statement(`{"Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`), false,
		},
		"no condition": {statement(`{"Effect":"Deny","Condition":{}}`), statement(`{"Effect":"Deny"}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := samePolicy(test.a, test.b); got != test.same {
				t.Errorf("got %v", got)
			}
			if got := samePolicy(test.b, test.a); got != test.same {
				t.Errorf("the other way round: got %v", got)
			}
		})
	}
}

func TestPoliciesInStates(t *testing.T) {
	const text = `{ "Version": "2012-10-17", "Statement": {"Sid": "a", "Effect": "Deny"} }`
	if got, want := sortedJSON(text), `{"Statement":{"Effect":"Deny","Sid":"a"},"Version":"2012-10-17"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for text, want := range map[string]string{
		text:                    `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Sid":"a"}}`,
		`{"Statement": []}`:     `{"Statement":[]}`,
		`{"Version": "2012-1"}`: `{"Version":"2012-1"}`,
		`no JSON`:               `no JSON`,
	} {
		if got := versionFirst(text); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
