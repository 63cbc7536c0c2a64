(function () {
  function parse(text, separator, equal) {
    var out = {};
    String(text).split(separator || '&').forEach(function (pair) {
      if (pair === '') { return; }
      var at = pair.indexOf(equal || '=');
      var name = unescape(at < 0 ? pair : pair.slice(0, at));
      var value = at < 0 ? '' : unescape(pair.slice(at + (equal || '=').length));
      if (!Object.prototype.hasOwnProperty.call(out, name)) { out[name] = value; }
      else if (Array.isArray(out[name])) { out[name].push(value); }
      else { out[name] = [out[name], value]; }
    });
    return out;
  }
  function stringify(object, separator, equal) {
    return Object.keys(object || {}).map(function (name) {
      return [].concat(object[name]).map(function (value) {
        return encodeURIComponent(name) + (equal || '=') + encodeURIComponent(value);
      }).join(separator || '&');
    }).join(separator || '&');
  }
  function unescape(text) {
    try { return decodeURIComponent(text.replace(/\+/g, ' ')); } catch (e) { return text; }
  }
  return { parse: parse, decode: parse, stringify: stringify, encode: stringify, escape: encodeURIComponent, unescape: unescape };
})()
