// Starts GraphiQL on the page that the service serves at /graphql.
"use strict";
(function () {
  var address = new URL(window.location.href);
  var query = address.searchParams.get("query") || undefined;
  var variables = address.searchParams.get("variables") || undefined;
  var socket = new URL(address.pathname, address);
  socket.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  // Subscriptions go over a WebSocket; what the headers editor holds is sent with its introduction.
  var fetcher = GraphiQL.createFetcher({ url: address.pathname, subscriptionUrl: socket.href });
  var element = React.createElement(GraphiQL, {
    fetcher: fetcher,
    query: query,
    variables: variables,
    defaultEditorToolsVisibility: true,
    defaultQuery:
      "# Ask, and press Ctrl-Enter. The book at the left is the documentation.\n" +
      "{\n" +
      '  search(query: "budget for child health", first: 5) {\n' +
      "    totalCount\n" +
      "    nodes {\n" +
      "      __typename\n" +
      "      title\n" +
      "      ... on Evidence { direction strength { level score } }\n" +
      "    }\n" +
      "  }\n" +
      "}\n",
  });
  ReactDOM.createRoot(document.getElementById("graphiql")).render(element);
})();
