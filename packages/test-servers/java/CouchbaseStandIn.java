import com.couchbase.mock.Bucket;
import com.couchbase.mock.BucketConfiguration;
import com.couchbase.mock.CouchbaseMock;
import com.couchbase.mock.deps.com.google.gson.Gson;
import com.couchbase.mock.deps.com.google.gson.JsonElement;
import com.couchbase.mock.deps.com.google.gson.JsonObject;
import com.couchbase.mock.deps.com.google.gson.JsonParser;
import com.couchbase.mock.deps.org.apache.http.HttpEntityEnclosingRequest;
import com.couchbase.mock.deps.org.apache.http.HttpRequest;
import com.couchbase.mock.deps.org.apache.http.HttpResponse;
import com.couchbase.mock.deps.org.apache.http.entity.ContentType;
import com.couchbase.mock.deps.org.apache.http.entity.StringEntity;
import com.couchbase.mock.deps.org.apache.http.protocol.HttpContext;
import com.couchbase.mock.deps.org.apache.http.util.EntityUtils;
import com.couchbase.mock.httpio.HttpServer;
import com.couchbase.mock.memcached.Item;
import com.couchbase.mock.memcached.Storage.StorageType;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * CouchbaseMock in memory, with its default bucket, on two ports of the loopback interface:
 * CouchbaseStandIn KEY_VALUE_PORT HTTP_PORT
 */
class CouchbaseStandIn {
    private static final String LOOPBACK = "127.0.0.1";

    public static void main(String[] args) throws Exception {
        int keyValuePort = Integer.parseInt(args[0]);
        int httpPort = Integer.parseInt(args[1]);
        CouchbaseMock mock = new CouchbaseMock(LOOPBACK, httpPort, 1, keyValuePort, 64, "default:password:couchbase", 0);
        Field carrier = CouchbaseMock.class.getDeclaredField("cccpBootstrap");
        carrier.setAccessible(true);
        carrier.set(null, true);

        // Does what its own start() does, which would listen on every interface.
        Field server = CouchbaseMock.class.getDeclaredField("httpServer");
        server.setAccessible(true);
        HttpServer http = (HttpServer) server.get(mock);
        http.bind(new InetSocketAddress(LOOPBACK, httpPort));
        Field configs = CouchbaseMock.class.getDeclaredField("initialConfigs");
        configs.setAccessible(true);
        for (Object each : ((Map<?, ?>) configs.get(mock)).values()) {
            BucketConfiguration config = (BucketConfiguration) each;
            config.bucketStartPort = keyValuePort;
            mock.createBucket(config);
        }
        http.register("/query*", new Queries(mock)::answer);
        http.start();
    }

    /**
     * Not a query engine: recognizes the clauses of databank-couchbase by their text, and refuses any other. Like
     * Couchbase, it needs an index.
     */
    private static class Queries {
        private final CouchbaseMock mock;
        private final Gson gson = new Gson();
        private final Set<String> indexes = ConcurrentHashMap.newKeySet();

        Queries(CouchbaseMock mock) {
            this.mock = mock;
        }

        void answer(HttpRequest request, HttpResponse response, HttpContext context) throws IOException {
            String body = EntityUtils.toString(((HttpEntityEnclosingRequest) request).getEntity(), "UTF-8");
            JsonObject query = new JsonParser().parse(body).getAsJsonObject();
            JsonObject answer = new JsonObject();
            answer.addProperty("requestID", "stand-in");
            if (query.has("client_context_id")) answer.add("clientContextID", query.get("client_context_id"));
            try {
                answer.add("results", gson.toJsonTree(run(query.get("statement").getAsString(), query)));
                answer.addProperty("status", "success");
            } catch (Refusal refusal) {
                JsonObject error = new JsonObject();
                error.addProperty("code", refusal.code);
                error.addProperty("msg", refusal.getMessage());
                answer.add("errors", gson.toJsonTree(List.of(error)));
                answer.addProperty("status", "fatal");
                response.setStatusCode(refusal.code == 4000 ? 404 : 400);
            }
            response.setEntity(new StringEntity(gson.toJson(answer), ContentType.APPLICATION_JSON));
        }

        private List<Object> run(String statement, JsonObject query) throws IOException {
            if (statement.startsWith("CREATE INDEX IF NOT EXISTS `")) {
                indexes.add(statement.split("`")[1]);
                return List.of();
            }
            String[] parts = statement.split(" FROM `default` AS r WHERE ");
            if (parts.length != 2) throw new Refusal(3000, "syntax error");
            if (!"request_plus".equals(text(query, "scan_consistency"))) throw new Refusal(3000, "would miss a write");
            String condition = parts[1].split(" ORDER BY ")[0];
            String index = condition.contains("tokens") ? "databank_tokens" : "databank_records";
            if (!indexes.contains(index)) throw new Refusal(4000, "No index available on keyspace default");

            List<Object> keys = new ArrayList<>(matching(condition, query));
            if (parts[0].equals("SELECT RAW COUNT(*)")) return List.of(keys.size());
            if (!parts[0].equals("SELECT RAW META(r).id") || !parts[1].endsWith(" ORDER BY META(r).id LIMIT $limit")) {
                throw new Refusal(3000, "syntax error");
            }
            return keys.subList(0, Math.min(keys.size(), query.get("$limit").getAsInt()));
        }

        /** Returns the matching keys, in order. */
        private Set<String> matching(String condition, JsonObject query) throws IOException {
            Map<String, JsonObject> found = new TreeMap<>();
            Bucket bucket = mock.getBuckets().get("default");
            for (Item item : bucket.getMasterItems(StorageType.CACHE)) {
                JsonElement document = parsed(item);
                if (document == null || !document.isJsonObject()) continue;
                String key = item.getKeySpec().key;
                boolean matches = true;
                for (String clause : condition.split(" AND ")) matches &= holds(clause, key, document.getAsJsonObject(), query);
                if (matches) found.put(key, document.getAsJsonObject());
            }
            return found.keySet();
        }

        private boolean holds(String clause, String key, JsonObject document, JsonObject query) {
            switch (clause) {
                case "r.`databank` = $type":
                    return document.has("databank") && document.get("databank").equals(query.get("$type"));
                case "META(r).id > $after":
                    return key.compareTo(query.get("$after").getAsString()) > 0;
                case "(r.`expires` IS NULL OR r.`expires` > $now)":
                    JsonElement expires = document.get("expires");
                    if (expires == null) return false;
                    return expires.isJsonNull() || expires.getAsDouble() > query.get("$now").getAsDouble();
                case "ANY token IN r.`tokens` SATISFIES token = $token END":
                    JsonElement tokens = document.get("tokens");
                    return tokens != null && tokens.isJsonArray() && tokens.getAsJsonArray().contains(query.get("$token"));
                default:
                    throw new Refusal(3000, "syntax error");
            }
        }

        private JsonElement parsed(Item item) throws IOException {
            try {
                return new JsonParser().parse(item.getUtf8());
            } catch (RuntimeException noJson) {
                return null;
            }
        }

        private static String text(JsonObject query, String name) {
            return query.has(name) ? query.get(name).getAsString() : null;
        }
    }

    private static class Refusal extends RuntimeException {
        final int code;

        Refusal(int code, String message) {
            super(message);
            this.code = code;
        }
    }
}
