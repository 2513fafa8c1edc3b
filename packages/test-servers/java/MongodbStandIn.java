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
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** mongo-java-server in memory, on one port of the loopback interface: java -cp '.jars/*' MongodbStandIn.java PORT */
class MongodbStandIn {
    /** What mongodb for Node asks for at least; the newest version that the library itself reports is too old. */
    private static final MongoVersion VERSION = new MongoVersion() {
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        public int getWireVersion() {
            return 13;
        }
    };

    /** What MongoDB answers to an upsert that found nothing, and then a document of the same id when it inserted. */
    private static final Document LOST_RACE = new Document("n", 0).append("nModified", 0).append("ok", 1)
            .append("writeErrors", List.of(new Document("index", 0).append("code", 11000)
                    .append("keyPattern", new Document("_id", 1)).append("errmsg", "E11000 duplicate key error")));

    /** Here one update is done at a time, so that no upsert would ever lose: the first one of such an id does. */
    private static boolean losesRace(Document command) {
        Document update = (Document) ((List<?>) command.get("updates")).get(0);
        Object id = ((Document) update.get("q")).get("_id");
        return id instanceof String && ((String) id).startsWith("loses-a-race-") && LOSERS.add((String) id);
    }

    private static final Set<String> LOSERS = ConcurrentHashMap.newKeySet();

    /** Knows no users, so it refuses each, as MongoDB refuses one with a wrong password. */
    private static final MemoryBackend BACKEND = new MemoryBackend() {
        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            if (command.equalsIgnoreCase("saslStart")) {
                throw new MongoServerError(18, "AuthenticationFailed", "Authentication failed.");
            }
            if (command.equalsIgnoreCase("update") && losesRace(query)) return LOST_RACE;
            return super.handleCommand(channel, database, command, query);
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
     * Finds a document by its id also where a query has further conditions, as MongoDB does. Without it the library looks
     * at every document, and the time of a conditional write would be that of its collection's size.
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

        /** The library compares each of these documents with the whole query. */
        @Override
        public Iterable<Integer> getPositions(Document query) {
            return super.getPositions(byId(query));
        }

        private Document byId(Document query) {
            return ofIds && query.get("_id") instanceof String ? new Document("_id", query.get("_id")) : query;
        }
    }

    public static void main(String[] args) {
        new MongoServer(BACKEND.version(VERSION)).bind("127.0.0.1", Integer.parseInt(args[0]));
    }
}
