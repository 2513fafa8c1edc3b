import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** mongo-java-server in memory, on one port of the loopback interface: MongodbStandIn PORT */
class MongodbStandIn {
    /** The minimum version for mongodb for Node. The newest version that the library itself reports is too old. */
    private static final MongoVersion VERSION = new MongoVersion() {
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        public int getWireVersion() {
            return 13;
        }
    };

    /** MongoDB's answer to an upsert that found no document, but whose insert then met one with the same id. */
    private static final Document LOST_RACE = new Document("n", 0).append("nModified", 0).append("ok", 1)
            .append("writeErrors", List.of(new Document("index", 0).append("code", 11000)
                    .append("keyPattern", new Document("_id", 1)).append("errmsg", "E11000 duplicate key error")));

    /**
     * Returns true for the first upsert of a certain id, which must lose a race. Here updates run one at a time, so no
     * real race occurs.
     */
    private static boolean losesRace(Document command) {
        Document update = (Document) ((List<?>) command.get("updates")).get(0);
        Object id = ((Document) update.get("q")).get("_id");
        return id instanceof String && ((String) id).startsWith("loses-a-race-") && LOSERS.add((String) id);
    }

    private static final Set<String> LOSERS = ConcurrentHashMap.newKeySet();

    /** Refuses all logins, as MongoDB refuses a wrong password. */
    private static final MemoryBackend BACKEND = new MemoryBackend() {
        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            if (command.equalsIgnoreCase("saslStart")) {
                throw new MongoServerError(18, "AuthenticationFailed", "Authentication failed.");
            }
            if (command.equalsIgnoreCase("update") && losesRace(query)) return LOST_RACE;
            if (command.equals("behaveLike")) return CompatibleServer.choose(channel, query);
            CompatibleServer like = CompatibleServer.of(channel);
            like.refuse(command, query);
            try {
                return like.changed(command, super.handleCommand(channel, database, command, query));
            } catch (MongoServerError error) {
                throw like.changed(error);
            }
        }

        @Override
        public void handleClose(Channel channel) {
            CompatibleServer.forget(channel);
            super.handleClose(channel);
        }

        @Override
        public MemoryDatabase openOrCreateDatabase(String name) {
            MemoryDatabase database = new MemoryDatabase(name, getCursorRegistry()) {
                @Override
                protected Index<Integer> openOrCreateUniqueIndex(
                        String collection, String index, List<IndexKey> keys, boolean sparse) {
                    return new IdFirstIndex(index, keys, sparse);
                }
            };
            return database;
        }
    };

    /**
     * Finds a document by its id even if the query has further conditions, like MongoDB. Otherwise the library would
     * read every document, and a conditional write would become slower with the size of its collection.
     */
    private static class IdFirstIndex extends MemoryUniqueIndex {
        private final boolean ofIds;

        IdFirstIndex(String name, List<IndexKey> keys, boolean sparse) {
            super(name, keys, sparse);
            ofIds = keys.size() == 1 && keys.get(0).getKey().equals("_id");
        }

        @Override
        public boolean canHandle(Document query) {
            return super.canHandle(byId(query));
        }

        /** Returns candidates, which the library compares with the whole query. */
        @Override
        public Iterable<Integer> getPositions(Document query) {
            return super.getPositions(byId(query));
        }

        private Document byId(Document query) {
            return ofIds && query.get("_id") instanceof String ? new Document("_id", query.get("_id")) : query;
        }
    }

    /**
     * The behaviour of servers that are compatible with MongoDB but differ from it. The command `{behaveLike: WORDS}`
     * selects it for its connection: `no-find-and-modify`, `no-nested-arrays`, `bare-duplicates`, `no-key-KEY` (refuses
     * commands that write such a key), `no-index-options-CODE` and `no-indexes-CODE` (with the code of the refusal),
     * `ferretdb-1`, `write-concern-errors`.
     */
    private static class CompatibleServer {
        private static final Map<Channel, CompatibleServer> SERVERS = new ConcurrentHashMap<>();
        private static final CompatibleServer MONGODB = new CompatibleServer("");
        private static final int DUPLICATE_KEY = 11000;

        private final List<String> ways;

        private CompatibleServer(String words) {
            ways = List.of(words.split(" "));
        }

        static Document choose(Channel channel, Document command) {
            SERVERS.put(channel, new CompatibleServer((String) command.get("behaveLike")));
            return new Document("ok", 1.0);
        }

        static CompatibleServer of(Channel channel) {
            return SERVERS.getOrDefault(channel, MONGODB);
        }

        static void forget(Channel channel) {
            SERVERS.remove(channel);
        }

        /** Returns the code after a word such as `no-indexes-`, or -1 if that behaviour is not selected. */
        private int codeAfter(String word) {
            for (String way : ways) if (way.startsWith(word)) return Integer.parseInt(way.substring(word.length()));
            return -1;
        }

        void refuse(String command, Document query) {
            if (command.equalsIgnoreCase("findAndModify") && ways.contains("no-find-and-modify") && query.containsKey("fields")) {
                throw new MongoServerError(238, "NotImplemented", "findAndModify: support for field \"fields\" is not implemented yet");
            }
            if (command.equalsIgnoreCase("createIndexes")) refuseIndexes((List<?>) query.get("indexes"));
            if (ways.contains("no-nested-arrays") && writes(command) && hasNestedArray(query, false)) {
                throw new MongoServerError(2, "BadValue", "nested arrays are not supported");
            }
            if (writes(command) && ways.stream().anyMatch(way -> way.startsWith("no-key-") && query.toString().contains(way.substring(7)))) {
                throw new MongoServerError(2, "BadValue", "this key is not supported");
            }
        }

        private void refuseIndexes(List<?> indexes) {
            int any = codeAfter("no-indexes-");
            if (any != -1) throw refusedIndex(any);
            int withOptions = codeAfter("no-index-options-");
            for (Object index : indexes) {
                Document plain = new Document((Document) index);
                for (String key : List.of("key", "name", "v", "ns")) plain.remove(key);
                if (withOptions != -1 && !plain.isEmpty()) throw refusedIndex(withOptions);
            }
        }

        private static MongoServerError refusedIndex(int code) {
            return new MongoServerError(code, "Refused", "this index cannot be created");
        }

        private static boolean writes(String command) {
            return List.of("insert", "update", "findandmodify").contains(command.toLowerCase());
        }

        /** Checks each statement of a command's own lists separately. */
        private static boolean hasNestedArray(Object value, boolean inArray) {
            if (value instanceof Document) {
                return ((Document) value).values().stream().anyMatch(each -> hasNestedArray(each, false));
            }
            if (!(value instanceof Collection)) return false;
            return inArray || ((Collection<?>) value).stream().anyMatch(each -> hasNestedArray(each, true));
        }

        Document changed(String command, Document answer) {
            if (command.equalsIgnoreCase("buildInfo") && ways.contains("ferretdb-1")) {
                return answer.append("ferretdbVersion", "v1.24.0").append("ferretdbFeatures", new Document());
            }
            if (writes(command) && ways.contains("write-concern-errors")) {
                return answer.append("writeConcernError", new Document("code", 64)
                        .append("codeName", "WriteConcernTimeout").append("errmsg", "waiting for replication timed out"));
            }
            if (ways.contains("bare-duplicates") && answer != null && answer.get("writeErrors") instanceof List) {
                for (Object each : (List<?>) answer.get("writeErrors")) {
                    Document error = (Document) each;
                    if (!Integer.valueOf(DUPLICATE_KEY).equals(error.get("code"))) continue;
                    error.remove("keyPattern");
                    error.remove("keyValue");
                    error.put("errmsg", "duplicate key");
                }
            }
            return answer;
        }

        MongoServerError changed(MongoServerError error) {
            if (error.getCode() != DUPLICATE_KEY || !ways.contains("bare-duplicates")) return error;
            return new MongoServerError(DUPLICATE_KEY, "Location11000", "duplicate key");
        }
    }

    public static void main(String[] args) {
        new MongoServer(BACKEND.version(VERSION)).bind("127.0.0.1", Integer.parseInt(args[0]));
    }
}
