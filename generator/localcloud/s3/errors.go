package s3

import (
	"encoding/xml"
	"net/http"
	"sort"
	"strconv"

	"sendform/generator/localcloud/api"
)

// The answers below are those of
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; each takes
// what AWS puts into the error's body beside code and message.

func failure(status int, code, message string, details ...string) *api.Error {
	e := &api.Error{Status: status, Code: code, Message: message, Details: map[string]string{}}
	for i := 0; i < len(details); i += 2 {
		e.Details[details[i]] = details[i+1]
	}
	return e
}

func noSuchBucket(bucket string) *api.Error {
	return failure(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist", "BucketName", bucket)
}

func noSuchKey(key string) *api.Error {
	return failure(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.", "Key", key)
}

func noSuchVersion(key, versionID string) *api.Error {
	return failure(http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.",
		"Key", key, "VersionId", versionID)
}

func noSuchUpload(id string) *api.Error {
	return failure(http.StatusNotFound, "NoSuchUpload",
		"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
		"UploadId", id)
}

func invalidArgument(message, name, value string) *api.Error {
	return failure(http.StatusBadRequest, "InvalidArgument", message, "ArgumentName", name, "ArgumentValue", value)
}

func invalidRequest(message string) *api.Error {
	return failure(http.StatusBadRequest, "InvalidRequest", message)
}

func malformedXML() *api.Error {
	return failure(http.StatusBadRequest, "MalformedXML",
		"The XML you provided was not well-formed or did not validate against our published schema")
}

func preconditionFailed(condition string) *api.Error {
	return failure(http.StatusPreconditionFailed, "PreconditionFailed",
		"At least one of the pre-conditions you specified did not hold", "Condition", condition)
}

func accessDenied(message string) *api.Error {
	return failure(http.StatusForbidden, "AccessDenied", message)
}

func incompleteBody() *api.Error {
	return failure(http.StatusBadRequest, "IncompleteBody",
		"You did not provide the number of bytes specified by the Content-Length HTTP header")
}

// wrongRegion is the answer to a call at another region's endpoint than the
// bucket's. Clients read the right region from its header x-amz-bucket-region.
func wrongRegion(b bucket) *api.Error {
	return failure(http.StatusMovedPermanently, "PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		"Endpoint", b.Name+".s3."+b.Region+".amazonaws.com", "Bucket", b.Name)
}

// errorDocument is S3's error body; its details follow the message as elements.
type errorDocument struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	Details   []detail
	Resource  string
	RequestID string `xml:"RequestId"`
	HostID    string `xml:"HostId"`
}

type detail struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

// WriteError answers with S3's error document, or with none to a HEAD request.
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	setRequestIDs(w, r)
	at := locate(r)
	// AWS names the bucket's region on errors too, on 403 as on 301: clients find
	// the region of a bucket that way.
	if b, found, err := s.lookup(at.bucket); err == nil && found {
		w.Header().Set("X-Amz-Bucket-Region", b.Region)
	}
	if r.Method == http.MethodHead || e.Status == http.StatusNotModified {
		w.WriteHeader(e.Status)
		return
	}
	document := errorDocument{
		Code: e.Code, Message: e.Message,
		Resource: r.URL.Path, RequestID: r.ID, HostID: hostID(r),
	}
	for name, value := range e.Details {
		document.Details = append(document.Details, detail{XMLName: xml.Name{Local: name}, Value: value})
	}
	sort.Slice(document.Details, func(i, j int) bool {
		return document.Details[i].XMLName.Local < document.Details[j].XMLName.Local
	})
	var out any = document
	if at.control {
		// S3 Control wraps the error, S3 does not.
		out = struct {
			XMLName   xml.Name `xml:"ErrorResponse"`
			Error     errorDocument
			RequestID string `xml:"RequestId"`
		}{Error: document, RequestID: r.ID}
	}
	data, err := xml.Marshal(out)
	if err != nil { // only a detail's name could do that, and those are constants
		data = []byte("<Error><Code>InternalError</Code></Error>")
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(xml.Header)+len(data)))
	w.WriteHeader(e.Status)
	_, _ = w.Write([]byte(xml.Header)) // a client that has gone needs no answer
	_, _ = w.Write(data)
}

func setRequestIDs(w http.ResponseWriter, r *api.Request) {
	w.Header().Set("X-Amz-Request-Id", r.ID)
	w.Header().Set("X-Amz-Id-2", hostID(r))
	w.Header().Set("Server", "AmazonS3")
}

// hostID is x-amz-id-2, an opaque name of the server that answered.
func hostID(r *api.Request) string { return "local-" + r.ID }
