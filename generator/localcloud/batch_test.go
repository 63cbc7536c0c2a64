package localcloud_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestBatchDeleteIsAllowedInParts has a role that may delete some keys only, and one
// that may delete none.
func TestBatchDeleteIsAllowedInParts(t *testing.T) {
	c := open(t, t.TempDir())
	root := makeBucket(t, c, "box")
	all := []string{"mine/a", "mine/kept", "yours/a"}
	var batch []s3types.ObjectIdentifier
	for _, key := range all {
		if err := put(t.Context(), root, "box", key); err != nil {
			t.Fatal(err)
		}
		batch = append(batch, s3types.ObjectIdentifier{Key: &key})
	}
	some := makeRole(t, c, "some", trustMe, `{"Statement":[{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::box/mine/*"},`+
		`{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::box/*/kept"}]}`)
	none := makeRole(t, c, "none", trustMe, `{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`)
	for _, test := range []struct {
		role    string
		deleted int
		denied  []string
		left    int32
	}{
		{none, 0, all, 3},
		{some, 1, all[1:], 2},
	} {
		out, err := s3Client(config(c, assume(t, c, test.role))).DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String("box"), Delete: &s3types.Delete{Objects: batch}})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Deleted) != test.deleted || len(out.Errors) != len(test.denied) {
			t.Errorf("%s: %d are deleted and %d denied, want %d and %d", test.role, len(out.Deleted), len(out.Errors), test.deleted, len(test.denied))
		}
		for i, refused := range out.Errors {
			if *refused.Code != "AccessDenied" || *refused.Key != test.denied[i] {
				t.Errorf("%s: %s of %s", test.role, *refused.Code, *refused.Key)
			}
		}
		listed, err := root.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("box")})
		if err != nil || *listed.KeyCount != test.left {
			t.Errorf("%s: %d are left (%v), want %d", test.role, *listed.KeyCount, err, test.left)
		}
	}
}
