"""The store on a Neo4j server. Nothing outside this folder knows Neo4j's language."""
