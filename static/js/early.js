/** Open the socket before anything else loads, and keep what arrives until the page's module takes over. */
var early = Object.assign(new WebSocket(location.origin.replace("http", "ws") + "/live", "majlis.v1"), {
  /** @type {string[]} */
  kept: [],
  onmessage(/** @type {MessageEvent<string>} */ { data }) {
    early.kept.push(data);
  }
});
