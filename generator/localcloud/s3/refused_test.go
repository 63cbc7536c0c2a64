package s3_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestRefusedRequests has what clients seldom send. None of it changes anything.
func TestRefusedRequests(t *testing.T) {
	f := plain(t)
	client := f.bucket(t, "docs")
	put(t.Context(), t, client, "docs", "key", "0123456789")
	_, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{
		Bucket: aws.String("locked"), ObjectLockEnabledForBucket: aws.Bool(true),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region},
	})
	wantCode(t, err, "")
	old := *put(t.Context(), t, client, "locked", "key", "old").VersionId
	marker, err := client.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("locked"), Key: aws.String("key")})
	wantCode(t, err, "")
	upload, err := client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{
		Bucket: aws.String("docs"), Key: aws.String("parts"), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	wantCode(t, err, "")
	part, err := client.UploadPart(t.Context(), &awss3.UploadPartInput{
		Bucket: aws.String("docs"), Key: aws.String("parts"), UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("part"),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	wantCode(t, err, "")
	parts := "/docs/parts?uploadId=" + *upload.UploadId
	complete := fmt.Sprintf("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>",
		strings.ReplaceAll(*part.ETag, `"`, "&quot;"))

	const here = "<CreateBucketConfiguration><LocationConstraint>" + region + "</LocationConstraint></CreateBucketConfiguration>"
	kept, _ := f.files(t)
	for _, test := range []struct {
		name, method, target, header, body string // header as Name: value
		status                             int
		code                               string
	}{
		{"too large", "PUT", "/docs/key", "X-Amz-Decoded-Content-Length: 5368709121", "", 400, "EntityTooLarge"},
		{"too much metadata", "PUT", "/docs/key", "X-Amz-Meta-A: " + strings.Repeat("a", 2<<10), "", 400, "MetadataTooLarge"},
		{"storage class", "PUT", "/docs/key", "X-Amz-Storage-Class: COLD", "", 400, "InvalidStorageClass"},
		{"encryption", "PUT", "/docs/key", "X-Amz-Server-Side-Encryption: rot13", "", 400, "InvalidArgument"},
		{"a key's id without KMS", "PUT", "/docs/key", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id: k", "", 400, "InvalidArgument"},
		{"a customer's key", "PUT", "/docs/key", "X-Amz-Server-Side-Encryption-Customer-Algorithm: AES256", "", 403, "AccessDenied"},
		{"a lock in a bucket without", "PUT", "/docs/key", "X-Amz-Object-Lock-Legal-Hold: ON", "", 400, "InvalidRequest"},
		{"a lock", "PUT", "/locked/key", "X-Amz-Object-Lock-Legal-Hold: ON", "", 501, "NotImplemented"},
		{"an append", "PUT", "/docs/key", "X-Amz-Write-Offset-Bytes: 1", "", 501, "NotImplemented"},
		{"a grant", "PUT", "/docs/key", "X-Amz-Grant-Read: id=1", "", 400, "AccessControlListNotSupported"},
		{"another trailer", "PUT", "/docs/key", "X-Amz-Trailer: x-amz-other", "", 400, "InvalidRequest"},
		{"tags", "PUT", "/docs/key", "X-Amz-Tagging: a=%zz", "", 400, "InvalidArgument"},
		{"a tag's name", "PUT", "/docs/key", "X-Amz-Tagging: aws:a=1", "", 400, "InvalidTag"},
		{"a condition by ETag that none matches", "PUT", "/docs/key", `If-None-Match: "x"`, "", 501, "NotImplemented"},
		{"a write under a marker", "PUT", "/locked/key", "If-Match: *", "", 404, "NoSuchKey"},
		{"another owner's bucket", "PUT", "/docs/key", "X-Amz-Expected-Bucket-Owner: 999999999999", "", 403, "AccessDenied"},

		{"a copy of an access point's", "PUT", "/docs/copy", "X-Amz-Copy-Source: arn:aws:s3:eu-west-2:1:accesspoint/a/object/key", "", 501, "NotImplemented"},
		{"a copy of a name that is none", "PUT", "/docs/copy", "X-Amz-Copy-Source: docs/%zz", "", 400, "InvalidArgument"},
		{"a copy of a marker", "PUT", "/docs/copy", "X-Amz-Copy-Source: locked/key?versionId=" + *marker.VersionId, "", 400, "InvalidRequest"},
		{"a copy from under a marker", "PUT", "/docs/copy", "X-Amz-Copy-Source: locked/key", "", 404, "NoSuchKey"},
		{"a copy of a version that is not there", "PUT", "/docs/copy", "X-Amz-Copy-Source: docs/key?versionId=" + old, "", 404, "NoSuchVersion"},
		{"a copy from another owner", "PUT", "/docs/copy", "X-Amz-Copy-Source: docs/key\nX-Amz-Source-Expected-Bucket-Owner: 999999999999", "", 403, "AccessDenied"},
		{"a copy with a directive", "PUT", "/docs/copy", "X-Amz-Copy-Source: docs/key\nX-Amz-Metadata-Directive: MERGE", "", 400, "InvalidArgument"},
		{"a copy over what is there", "PUT", "/docs/key", "X-Amz-Copy-Source: locked/key?versionId=" + old + "\nIf-None-Match: *", "", 412, "PreconditionFailed"},
		{"a copy over what is another", "PUT", "/docs/key", "X-Amz-Copy-Source: locked/key?versionId=" + old + "\nIf-Match: \"x\"", "", 412, "PreconditionFailed"},
		{"a copy of what has changed", "PUT", "/docs/copy", "X-Amz-Copy-Source: docs/key\nX-Amz-Copy-Source-If-Match: \"x\"", "", 412, "PreconditionFailed"},
		{"a copy of what is too new", "PUT", "/docs/copy", "X-Amz-Copy-Source: docs/key\nX-Amz-Copy-Source-If-Unmodified-Since: Mon, 02 Nov 2026 10:20:29 GMT", "", 412, "PreconditionFailed"},
		{"a copy of what is too old", "PUT", "/docs/copy", "X-Amz-Copy-Source: docs/key\nX-Amz-Copy-Source-If-Modified-Since: Mon, 02 Nov 2026 10:20:30 GMT", "", 412, "PreconditionFailed"},
		{"a copy with a checksum of another sort", "PUT", "/docs/copy", "X-Amz-Copy-Source: docs/key\nX-Amz-Checksum-Algorithm: CRC7", "", 400, "InvalidRequest"},

		{"an upload with a checksum of another sort", "POST", "/docs/new?uploads", "X-Amz-Checksum-Algorithm: CRC7", "", 501, "NotImplemented"},
		{"a part of nothing", "PUT", "/docs/parts?partNumber=1&uploadId=x", "", "", 404, "NoSuchUpload"},
		{"part 0", "PUT", parts + "&partNumber=0", "", "", 400, "InvalidArgument"},
		{"parts of another size", "POST", parts, "X-Amz-Mp-Object-Size: 5", complete, 400, "InvalidRequest"},
		{"parts of another sort", "POST", parts, "X-Amz-Checksum-Type: FULL_OBJECT", complete, 400, "InvalidRequest"},
		{"parts with another checksum", "POST", parts, "X-Amz-Checksum-Crc32: AAAAAA==", complete, 400, "BadDigest"},
		{"parts over what must be another", "POST", parts, `If-Match: "x"`, complete, 404, "NoSuchKey"},
		{"no parts", "POST", parts, "", "<CompleteMultipartUpload/>", 400, "MalformedXML"},
		{"part 0 of an object", "GET", "/docs/key?partNumber=0", "", "", 400, "InvalidArgument"},
		{"part 2 of an object of one", "GET", "/docs/key?partNumber=2", "", "", 416, "InvalidPartNumber"},

		{"a batch of nothing", "POST", "/docs?delete", "", "<Delete/>", 400, "MalformedXML"},
		{"a batch without a key", "POST", "/docs?delete", "", "<Delete><Object/></Delete>", 400, "MalformedXML"},
		{"a batch of too many", "POST", "/docs?delete", "", "<Delete>" + strings.Repeat("<Object><Key>k</Key></Object>", 1001) + "</Delete>", 400, "MalformedXML"},
		{"a batch with a long key", "POST", "/docs?delete", "", "<Delete><Object><Key>" + strings.Repeat("k", 1025) + "</Key></Object></Delete>", 400, "KeyTooLongError"},
		{"a batch by size", "POST", "/docs?delete", "", "<Delete><Object><Key>key</Key><Size>1</Size></Object></Delete>", 501, "NotImplemented"},
		{"a batch that is none", "POST", "/docs?delete", "", "{}", 400, "MalformedXML"},
		{"a delete of another", "DELETE", "/docs/key", `If-Match: "x"`, "", 412, "PreconditionFailed"},
		{"a delete of nothing", "DELETE", "/docs/none", "If-Match: *", "", 404, "NoSuchKey"},

		{"a bucket's ACL", "PUT", "/fresh", "X-Amz-Acl: public-read", here, 400, "InvalidBucketAclWithObjectOwnership"},
		{"a bucket's kept ACL", "PUT", "/fresh", "X-Amz-Acl: public-read\nX-Amz-Object-Ownership: ObjectWriter", here, 501, "NotImplemented"},
		{"a bucket's owner", "PUT", "/fresh", "X-Amz-Object-Ownership: Nobody", here, 400, "InvalidArgument"},
		{"a bucket in a namespace", "PUT", "/fresh", "X-Amz-Bucket-Namespace: account-regional", here, 501, "NotImplemented"},
		{"a directory bucket", "PUT", "/fresh", "", "<CreateBucketConfiguration><Location><Name>a</Name></Location></CreateBucketConfiguration>", 501, "NotImplemented"},
		{"deletes with a device", "PUT", "/docs?versioning", "", "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>", 501, "NotImplemented"},
		{"a negative number", "GET", "/docs?max-keys=-1", "", "", 400, "InvalidArgument"},
		{"parts by a number that is none", "GET", parts + "&max-parts=x", "", "", 400, "InvalidArgument"},
		{"uploads by a number that is none", "GET", "/docs?uploads&max-uploads=x", "", "", 400, "InvalidArgument"},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := map[string]string{}
			for line := range strings.Lines(test.header) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				header[name] = value
			}
			if header["X-Amz-Decoded-Content-Length"] != "" {
				header["X-Amz-Content-Sha256"] = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
			}
			response, answer := f.raw(t, account, test.method, test.target, header, test.body)
			if response.StatusCode != test.status || !strings.Contains(answer, "<Code>"+test.code+"</Code>") {
				t.Errorf("got %s %s, want %d %s", response.Status, answer, test.status, test.code)
			}
			if now, incoming := f.files(t); now != kept || incoming != 0 {
				t.Errorf("%d bodies kept, %d incoming; want %d and 0", now, incoming, kept)
			}
		})
	}
	if _, text := f.raw(t, account, http.MethodGet, "/docs/key", nil, ""); text != "0123456789" {
		t.Errorf("the object is now %q", text)
	}
}
